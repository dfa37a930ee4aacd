"""What two versions of the agreement say differently."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from one_funnel.definition.tables import (
    VERSION,
    VERSIONS,
    Row,
    Table,
    agreement_tables,
)


@dataclass(frozen=True)
class Difference:
    """One row that differs: what it is about, and what became of it.

    `changes` holds (column, before, after), and for a row that only one version has,
    every column with a value.
    """

    table: str
    row: str
    kind: str
    changes: tuple[tuple[str, str, str], ...]


def differences(
    tables: dict[str, Table], before: str, after: str
) -> tuple[Difference, ...]:
    """The rows that differ between two versions, by table and in the file's order.

    The row of a version itself, with its notes and signatures, is not compared.
    """
    return tuple(
        difference
        for table in agreement_tables(tables)
        if table.name != VERSIONS
        for difference in _differences_of_table(table, before, after)
    )


def render_differences(found: tuple[Difference, ...]) -> str:
    """The differences as text: a table, its rows, and what changed in each."""
    lines: list[str] = []
    table = ""
    for difference in found:
        if difference.table != table:
            table = difference.table
            lines.append(table)
        changes = ", ".join(
            f"{column} {_plain(old)} → {_plain(new)}"
            if difference.kind == "changed"
            else f"{column} {_plain(old or new)}"
            for column, old, new in difference.changes
        )
        sign = {"changed": "~", "removed": "-", "added": "+"}[difference.kind]
        lines.append(f"  {sign} {difference.row}: {changes}")
    return "\n".join(lines)


def _differences_of_table(
    table: Table, before: str, after: str
) -> Iterator[Difference]:
    old_rows = {_key(table, row): row for row in table.of_version(before)}
    new_rows = {_key(table, row): row for row in table.of_version(after)}
    for key, old in old_rows.items():
        if key not in new_rows:
            yield Difference(table.name, _named(key), "removed", _values(old, table, 1))
            continue
        changes = tuple(
            (column, old[column], new_rows[key][column])
            for column in table.columns
            if column != VERSION and old[column] != new_rows[key][column]
        )
        if changes:
            yield Difference(table.name, _named(key), "changed", changes)
    for key, new in new_rows.items():
        if key not in old_rows:
            yield Difference(table.name, _named(key), "added", _values(new, table, 2))


def _key(table: Table, row: Row) -> tuple[str, ...]:
    return tuple(row[column] for column in table.key)


def _named(key: tuple[str, ...]) -> str:
    return ", ".join(part or "–" for part in key)


def _values(row: Row, table: Table, place: int) -> tuple[tuple[str, str, str], ...]:
    """The values of a row that has no counterpart, as before (1) or after (2)."""
    return tuple(
        (column, row[column], "") if place == 1 else (column, "", row[column])
        for column in table.columns
        if column != VERSION and column not in table.key and row[column]
    )


def _plain(text: str) -> str:
    """A value as people write it: no zeros behind a number, a dash for nothing."""
    whole, point, fraction = text.partition(".")
    if point and fraction.isdigit() and whole.lstrip("-").isdigit():
        text = f"{whole}.{fraction.rstrip('0')}".rstrip(".")
    return text or "–"
