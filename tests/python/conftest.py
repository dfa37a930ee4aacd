"""Fixtures over the project as dbt sees it: dbt in this process, and one built demo."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner, dbtRunnerResult

PROJECT = Path(__file__).parents[2]
# dbt keeps its parse only while the variables stay as they are, so each test's
# exports are reached by one path that is pointed at them just before a command.
EXPORTS_LINK = "exports"


class ParseCache:
    """What dbt parsed in this session, by the variables that it was parsed with."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._by_variables: dict[str, Path] = {}

    def lay_into(self, target: Path, variables: str) -> None:
        """Copy a parse with these variables to a target folder, if there is one."""
        target.mkdir(parents=True, exist_ok=True)
        parsed = self._by_variables.get(variables)
        if parsed is not None and not (target / parsed.name).exists():
            shutil.copy(parsed, target / parsed.name)

    def keep_from(self, target: Path, variables: str) -> None:
        """Keep the parse that a target folder holds, unless there is one already."""
        parsed = target / "partial_parse.msgpack"
        if variables not in self._by_variables and parsed.exists():
            kept = self.folder / str(len(self._by_variables)) / parsed.name
            kept.parent.mkdir()
            shutil.copy(parsed, kept)
            self._by_variables[variables] = kept


class Dbt:
    """dbt in this process, against a database, a target and a log folder of its own.

    `exports_dir` is a folder of raw exports, or None for the demo's seeds. `as_of` is
    an instant such as `2026-10-05T05:00:00Z`, or None for that of the newest export.
    `project` is the folder of the project, or of a changed copy of it. Other keyword
    arguments are passed on as variables of the project.
    """

    def __init__(
        self,
        root: Path,
        cache: ParseCache,
        exports_dir: Path | None = None,
        as_of: str | None = None,
        project: Path = PROJECT,
        **variables: Any,
    ) -> None:
        self.root = root
        self.project = project
        self.database = root / "one_funnel.duckdb"
        self.target = root / "target"
        self.exports_dir = exports_dir
        self._cache = cache
        self._exports_link = cache.folder / EXPORTS_LINK
        if exports_dir is not None:
            variables["exports_dir"] = str(self._exports_link)
        if as_of is not None:
            variables["as_of"] = as_of
        self._variables = json.dumps(variables, sort_keys=True)

    def __call__(self, *arguments: str, ok: bool = True) -> dbtRunnerResult:
        """Run one dbt command; with `ok`, fail the test with the nodes that failed."""
        self._point_at_exports()
        self._cache.lay_into(self.target, self._variables)
        previous_database = os.environ.get("ONE_FUNNEL_DATABASE")
        os.environ["ONE_FUNNEL_DATABASE"] = str(self.database)
        try:
            outcome = dbtRunner().invoke(
                [
                    *arguments,
                    *("--project-dir", str(self.project)),
                    *("--profiles-dir", str(self.project)),
                    *("--target-path", str(self.target)),
                    *("--log-path", str(self.root / "logs")),
                    *("--vars", self._variables, "--quiet"),
                ]
            )
        finally:
            # Without this the process keeps the lock, and no one else can open it.
            DuckDBConnectionManager.close_all_connections()
            if previous_database is None:
                del os.environ["ONE_FUNNEL_DATABASE"]
            else:
                os.environ["ONE_FUNNEL_DATABASE"] = previous_database
        self._cache.keep_from(self.target, self._variables)
        if ok:
            assert outcome.success, (outcome.exception, failures(outcome))
        return outcome

    def _point_at_exports(self) -> None:
        """Let the path that dbt parsed lead to this project's own exports."""
        if self.exports_dir is not None:
            self._exports_link.unlink(missing_ok=True)
            self._exports_link.symlink_to(self.exports_dir.resolve())

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of a query on the database, with times in UTC."""
        self._point_at_exports()  # views of staging read the files
        with duckdb.connect(str(self.database), read_only=True) as connection:
            connection.execute("set timezone = 'UTC'")
            return connection.sql(query).fetchall()

    def rows(self, query: str) -> list[dict[str, Any]]:
        """Rows of a query as dictionaries by column."""
        self._point_at_exports()
        with duckdb.connect(str(self.database), read_only=True) as connection:
            connection.execute("set timezone = 'UTC'")
            answer = connection.sql(query)
            return [
                dict(zip(answer.columns, row, strict=True)) for row in answer.fetchall()
            ]


def failures(outcome: dbtRunnerResult) -> list[str]:
    """One line for each node that failed, with dbt's message."""
    return [
        f"{result.node.unique_id}: {result.message}"
        for result in getattr(outcome.result, "results", [])
        if str(result.status) in ("error", "fail", "runtime error")
    ]


class MakeDbt:
    """Makes a `Dbt` with a fresh folder for each call; see there for the arguments."""

    def __init__(self, factory: pytest.TempPathFactory, cache: ParseCache) -> None:
        self._factory = factory
        self._cache = cache

    def __call__(self, **arguments: Any) -> Dbt:
        """Make one; its database does not exist before its first command."""
        return Dbt(self._factory.mktemp("dbt"), self._cache, **arguments)


@pytest.fixture(scope="session")
def make_dbt(tmp_path_factory: pytest.TempPathFactory) -> MakeDbt:
    """Maker of dbt projects over a test's own exports, instant or variables."""
    return MakeDbt(tmp_path_factory, ParseCache(tmp_path_factory.mktemp("parsed")))


@pytest.fixture
def dbt(make_dbt: MakeDbt) -> Dbt:
    """dbt over the demo's seeds, with a database of its own."""
    return make_dbt()


@pytest.fixture(scope="session")
def manifest(make_dbt: MakeDbt) -> dict[str, Any]:
    """The project's manifest, as dbt writes it."""
    project = make_dbt()
    project("parse")
    return json.loads((project.target / "manifest.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def demo_database(make_dbt: MakeDbt) -> Iterator[Path]:
    """The working database of the demo, built once; to be read, never written.

    The environment variable ONE_FUNNEL_TEST_DATABASE names one that is built already.
    """
    built = os.environ.get("ONE_FUNNEL_TEST_DATABASE", "")
    if built and Path(built).exists():
        yield Path(built).resolve()
        return
    project = make_dbt()
    project("build", "--exclude-resource-type", "unit_test")
    yield project.database
