"""What a signature under a version covers, as hashes.

The macro `hash_of_rows` computes the same in the database, where a test of every build
compares it with what was signed; a test of this package holds the two together.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import md5
from pathlib import Path

from one_funnel.console import Finding
from one_funnel.definition.tables import (
    HASHES,
    VERSION,
    VERSIONS,
    Row,
    Table,
    agreement_tables,
)

SEPARATOR = chr(31)


@dataclass(frozen=True)
class Signed:
    """Whether a version is what was signed.

    `changed` names the tables that are not. `content_hash` is of the rows as they are;
    `signed_hash` is what the version was signed with, empty while it has none.
    """

    version: str
    status: str
    signed_by: tuple[str, ...]
    content_hash: str
    signed_hash: str
    changed: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing was changed since; true for what nobody signed."""
        return not self.signed_by or (
            not self.changed and self.content_hash == self.signed_hash
        )


def hash_of_rows(rows: Iterable[Row], columns: Iterable[str]) -> str:
    """md5 over rows in whatever order, by their columns that have a value."""
    names = sorted(columns)
    hashes = sorted(
        _md5("".join(f"{name}={row[name]}{SEPARATOR}" for name in names if row[name]))
        for row in rows
    )
    return _md5("".join(hashes))


def hashes_of_version(tables: dict[str, Table], version: str) -> dict[str, str]:
    """Table -> hash of the version's rows, for every table that has some."""
    return {
        table.name: hash_of_rows(rows, table.signed_columns)
        for table in agreement_tables(tables)
        if (rows := table.of_version(version))
    }


def content_hash(version: str, hashes: dict[str, str]) -> str:
    """Hash of a version: over the hashes of its tables, as rows."""
    rows = [
        {VERSION: version, "table_name": name, "row_hash": row_hash}
        for name, row_hash in hashes.items()
    ]
    return hash_of_rows(rows, (VERSION, "table_name", "row_hash"))


def compare_with_signed(tables: dict[str, Table], version: str) -> Signed:
    """Hold the rows of a version against the hashes that it was signed with."""
    (row,) = tables[VERSIONS].of_version(version)
    now = hashes_of_version(tables, version)
    signed = {
        row["table_name"]: row["row_hash"] for row in tables[HASHES].of_version(version)
    }
    return Signed(
        version=version,
        status=row["status"],
        signed_by=tuple(
            team for team in ("marketing", "sales") if row[f"signed_by_{team}_at"]
        ),
        content_hash=content_hash(version, now),
        signed_hash=row["content_hash"],
        changed=tuple(
            name
            for name in sorted({*now, *signed})
            if now.get(name) != signed.get(name)
        ),
    )


def write_hashes(folder: Path, tables: dict[str, Table], version: str) -> None:
    """Write the hashes of a version into the files, for both teams to sign.

    Raises Finding when the version has another hash already: it was settled, and a
    change of it is a new version.
    """
    compared = compare_with_signed(tables, version)
    if compared.signed_hash not in ("", compared.content_hash):
        raise Finding(
            f"{version} was settled as {compared.signed_hash} and is now "
            f"{compared.content_hash}: undo the change of "
            f"{', '.join(compared.changed) or HASHES}, or propose a new version"
        )
    hashes = hashes_of_version(tables, version)
    header, rows = _read(folder / f"{HASHES}.csv")
    kept = [row for row in rows if row[VERSION] != version]
    added = [
        {VERSION: version, "table_name": name, "row_hash": row_hash}
        for name, row_hash in hashes.items()
    ]
    _write(folder / f"{HASHES}.csv", header, [*kept, *added])
    header, rows = _read(folder / f"{VERSIONS}.csv")
    for row in rows:
        if row[VERSION] == version:
            row["content_hash"] = compared.content_hash
    _write(folder / f"{VERSIONS}.csv", header, rows)


def _md5(text: str) -> str:
    return md5(text.encode("utf-8"), usedforsecurity=False).hexdigest()


def _read(path: Path) -> tuple[list[str], list[Row]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        return list(reader.fieldnames or ()), list(reader)


def _write(path: Path, header: list[str], rows: list[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
