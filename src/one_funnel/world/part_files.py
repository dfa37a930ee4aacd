"""The Parquet files of one part of a world: a file a table, some rows at a time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from one_funnel.world.columns import (
    DAY,
    Flags,
    Integers,
    instants,
    whole_numbers,
    words,
)
from one_funnel.world.exporting import LOADER_COLUMNS

Columns = dict[str, Any]
# 1970 began on a Thursday; a batch of events leaves on Monday at 05:00.
FIRST_BATCH = 4 * DAY + 5 * 3_600
WEEK = 7 * DAY
# Values that hardly come twice gain nothing by a dictionary of them.
HARDLY_REPEATED = ("timestamp", "created", "CreatedDate", "_row_number")


class PartFiles:
    """The files of a part, opened with their first rows.

    `columns` are those of every raw table, without the loader's. Rows that come twice
    are a kind of dirt of every table, so `repeated` of them are written again here.
    `chances` makes the chance of a table by its position: each has its own, so that
    what happens to one changes nothing in another.
    """

    def __init__(
        self,
        folder: Path,
        label: str,
        columns: dict[str, list[str]],
        chances: Callable[[int], np.random.Generator],
        repeated: float,
    ) -> None:
        self.folder = folder
        self.label = label
        self.chances = {
            table: chances(position) for position, table in enumerate(columns)
        }
        self.repeated = repeated
        self.row_counts: dict[str, int] = {}
        self._schemas = {
            table: pa.schema(
                [(name, pa.string()) for name in (*names, *LOADER_COLUMNS)]
            )
            for table, names in columns.items()
        }
        self._writers: dict[str, pq.ParquetWriter] = {}

    def add(self, table: str, columns: Columns, exported_at: Integers) -> None:
        """Write rows; columns that are not given are empty."""
        count = len(exported_at)
        rows = self.row_counts.setdefault(table, 0)
        if count == 0:
            return
        schema = self._schemas[table]
        unknown = columns.keys() - set(schema.names)
        if unknown:
            raise ValueError(f"{table} has no column {', '.join(sorted(unknown))}")
        batches, codes = np.unique(exported_at, return_inverse=True)
        names = instants(batches)
        arrays = {
            **columns,
            "_exported_at": words(names.to_pylist(), codes),
            # A batch is named by its day.
            "_source_file": words(
                [name[2:10].replace("-", "") for name in names.to_pylist()], codes
            ),
        }
        written = pa.table(
            [
                arrays[name] if name in arrays else pa.nulls(count, pa.string())
                for name in schema.names
            ],
            schema=schema,
        )
        again = np.flatnonzero(self.chances[table].random(count) < self.repeated)
        if len(again):
            written = pa.concat_tables([written, written.take(pa.array(again))])
        # The first row of a file is its second line.
        numbers = whole_numbers(rows + 2 + np.arange(written.num_rows))
        written = written.set_column(
            schema.names.index("_row_number"), "_row_number", numbers
        )
        self.row_counts[table] = rows + written.num_rows
        self._writer(table).write_table(written, row_group_size=written.num_rows)

    def dump(
        self,
        table: str,
        dumps: Integers,
        created_at: Integers,
        columns: Columns,
        changing: Callable[[int], Columns] | None = None,
        gone_at: Integers | None = None,
    ) -> None:
        """Write the records that there are at each dump.

        `changing` gives the columns that differ from dump to dump. A record is in the
        dumps from its creation until it is gone.
        """
        for dump in dumps:
            there: Flags = created_at <= dump
            if gone_at is not None:
                there &= gone_at > dump
            told = columns | (changing(int(dump)) if changing else {})
            mask = pa.array(there)
            self.add(
                table,
                {name: values.filter(mask) for name, values in told.items()},
                np.full(int(there.sum()), dump, dtype=np.int64),
            )

    def _writer(self, table: str) -> pq.ParquetWriter:
        if table not in self._writers:
            schema = self._schemas[table]
            path = self.folder / table.split("__")[0]
            path.mkdir(parents=True, exist_ok=True)
            self._writers[table] = pq.ParquetWriter(
                path / f"raw_{table}_{self.label}.parquet",
                schema,
                compression="zstd",
                compression_level=1,
                use_dictionary=[
                    name for name in schema.names[1:] if name not in HARDLY_REPEATED
                ],
                store_schema=False,
                version="2.6",
            )
        return self._writers[table]

    def close(self, every_table: bool = False) -> int:
        """Finish the files, with those of no rows if asked; give the bytes."""
        if every_table:
            for table in self._schemas:
                self._writer(table)
        size = 0
        for writer in self._writers.values():
            writer.close()
        for path in self.folder.rglob(f"*_{self.label}.parquet"):
            size += path.stat().st_size
        return size


def batches_of(
    at: Integers, ends: int, chance: np.random.Generator, late: float
) -> Integers:
    """The weekly export that carries each event out, for some a later one."""
    delay = np.where(
        chance.random(len(at)) < late, chance.integers(8, 41, len(at)) * DAY, 0
    )
    week = (at + delay - FIRST_BATCH) // WEEK
    return np.minimum((week + 1) * WEEK + FIRST_BATCH, ends)
