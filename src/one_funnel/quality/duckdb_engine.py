"""Great Expectations over a DuckDB file.

Three things stand between the two, and this module is the only place that knows them:

* Great Expectations closes its connection before it fetches rows. The close sends a
  rollback, a rollback empties DuckDB's pending result, and every check ends in an
  `IndexError`. So each result set is read at once, while it is still there.
* It knows no DuckDB dialect, and refuses regular expressions and LIKE. Dremio's
  spelling of both is DuckDB's too.
* It draws progress bars unless it is told not to.

`tests/python/test_audit.py` tells when a later release makes the first unnecessary.
"""

from __future__ import annotations

from collections import deque
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import great_expectations as gx
from great_expectations.data_context.types.base import ProgressBarsConfig
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy

from one_funnel.project import engine_configuration


def read_rows_at_once(
    connection: Any,
    cursor: Any,
    statement: str,
    parameters: Any,
    context: Any,
    executemany: bool,
) -> None:
    """Replace a DuckDB cursor's result by one that is in memory already."""
    if connection.dialect.name == "duckdb" and cursor.description:
        context.cursor_fetch_strategy = FullyBufferedCursorFetchStrategy(
            cursor, initial_buffer=deque(cursor.fetchall())
        )


event.listen(Engine, "after_cursor_execute", read_rows_at_once)


class DuckDBFile:
    """A DuckDB file, opened read-only for Great Expectations.

    Use it in a `with`: leaving it gives the file back, so that a writer of the same
    process can open it.
    """

    def __init__(self, path: Path) -> None:
        self.context = gx.get_context(mode="ephemeral")
        self.context.variables.progress_bars = ProgressBarsConfig(
            globally=False, metric_calculations=False
        )
        self._source = self.context.data_sources.add_sql(
            "one_funnel",
            connection_string=f"duckdb:///{path}",
            kwargs={
                "connect_args": {"read_only": True, "config": engine_configuration()}
            },
            create_temp_table=False,
        )
        self._execution_engine = self._source.get_execution_engine()
        self._execution_engine.dialect_module = SimpleNamespace(DremioDialect=object)

    def __enter__(self) -> DuckDBFile:
        return self

    def __exit__(self, *exception: object) -> None:
        # One pool looked for the tables, another ran the checks.
        self._execution_engine.close()
        self._source.get_engine().dispose()

    def table(self, schema: str, name: str) -> Any:
        """Batch definition of a whole table."""
        asset = self._source.add_table_asset(
            f"{schema}.{name}", table_name=name, schema_name=schema
        )
        return asset.add_batch_definition_whole_table("all")
