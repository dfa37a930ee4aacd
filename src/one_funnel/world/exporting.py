"""The systems' tables: records that change, events that happen, and their exports.

A mutable record is a list of dated changes; a dump shows it as it was then. An event is
exported with the first weekly batch after it, or later when it is late. Rates and
advertising come monthly.
"""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

LOADER_COLUMNS = ("_exported_at", "_source_file", "_row_number")
Values = dict[str, Any]


def utc(instant: datetime) -> str:
    """An instant as the systems write it: UTC, to the second."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def written(value: object) -> str:
    """A value as text; None is empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return utc(value)
    return str(value)


def read_catalogue(seeds_yaml: Path) -> dict[str, list[str]]:
    """The columns of every raw table, from the YAML that dbt loads the exports by.

    Keys are `<system>__<table>`; the loader's columns are left out.
    """
    declared = yaml.safe_load(seeds_yaml.read_text(encoding="utf-8"))
    return {
        seed["name"].removeprefix("raw_"): [
            column["name"]
            for column in seed["columns"]
            if column["name"] not in LOADER_COLUMNS
        ]
        for seed in declared["seeds"]
    }


class Exports:
    """Collects what the systems know, and writes it as their exports."""

    def __init__(
        self, columns: dict[str, list[str]], dumps: tuple[datetime, ...]
    ) -> None:
        self.columns = columns
        self.dumps = dumps
        # Tables that are dumped at other instants than the rest.
        self.dumps_of: dict[str, tuple[datetime, ...]] = {}
        self._records: dict[str, dict[str, list[tuple[datetime, Values]]]] = {}
        self._events: dict[str, list[tuple[datetime, Values]]] = {}
        self.rows: dict[str, list[Values]] = {table: [] for table in columns}

    def record(self, table: str, key: str, at: datetime, **values: Any) -> None:
        """Make a record, or change some of its values, at an instant."""
        unknown = values.keys() - set(self.columns[table])
        if unknown:
            raise ValueError(f"{table} has no column {', '.join(sorted(unknown))}")
        self._records.setdefault(table, {}).setdefault(key, []).append((at, values))

    def event(
        self, table: str, at: datetime, *, late: timedelta | None = None, **values: Any
    ) -> None:
        """Something that happened at an instant, exported in a later week when late."""
        unknown = values.keys() - set(self.columns[table])
        if unknown:
            raise ValueError(f"{table} has no column {', '.join(sorted(unknown))}")
        exported_at = next_batch(at + (late or timedelta()))
        if at < self.dumps[-1]:
            self._events.setdefault(table, []).append(
                (min(exported_at, self.dumps[-1]), values)
            )

    def state(self, table: str, key: str, at: datetime) -> Values | None:
        """A record as it was at an instant; None before it was made."""
        seen: Values | None = None
        changes = sorted(self._records[table][key], key=lambda change: change[0])
        for instant, values in changes:
            if instant <= at:
                seen = (seen or {}) | values
        return seen

    def rows_of(self, table: str) -> list[str]:
        """The keys of the records of a table."""
        return sorted(self._records.get(table, {}))

    def batch_of(self, at: datetime) -> datetime:
        """The export that carries an event out, at the latest the last."""
        return min(next_batch(at), self.dumps[-1])

    def collect(self) -> None:
        """Turn records and events into the rows of the exports."""
        for table, records in self._records.items():
            for dump in self.dumps_of.get(table, self.dumps):
                for key in sorted(records):
                    state = self.state(table, key, dump)
                    if state is not None:
                        self.rows[table].append(state | {"_exported_at": dump})
        for table, events in self._events.items():
            for exported_at, values in events:
                self.rows[table].append(values | {"_exported_at": exported_at})

    def write(self, folder: Path) -> int:
        """Write every table under its system's folder; give the bytes written."""
        size = 0
        for table, columns in self.columns.items():
            system = table.split("__")[0]
            path = folder / system / f"raw_{table}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            texts = sorted(
                [
                    *(written(row.get(column)) for column in columns),
                    written(row["_exported_at"]),
                ]
                for row in self.rows[table]
            )
            with path.open("w", encoding="utf-8", newline="") as lines:
                writer = csv.writer(lines, lineterminator="\n")
                writer.writerow([*columns, *LOADER_COLUMNS])
                for number, text in enumerate(texts, start=2):
                    # A batch is named by its day.
                    writer.writerow([*text, text[-1][2:10].replace("-", ""), number])
            size += path.stat().st_size
        return size


def next_batch(at: datetime) -> datetime:
    """The weekly export that carries an event out: the next Monday at 05:00 UTC."""
    monday = (at - timedelta(days=at.weekday())).replace(
        hour=5, minute=0, second=0, microsecond=0
    )
    return monday if monday > at else monday + timedelta(days=7)
