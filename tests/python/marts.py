"""Marts as bytes: what two builds must have in common."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable
from pathlib import Path

import duckdb

Row = list[str]


def fingerprints(database: Path, folder: Path) -> dict[str, str]:
    """The hash of each mart's Parquet file, written in the order of all its columns."""
    folder.mkdir(parents=True, exist_ok=True)
    hashes = {}
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        tables = connection.sql(
            "select table_name from information_schema.tables"
            " where table_schema = 'marts' order by table_name"
        ).fetchall()
        for (table,) in tables:
            path = folder / f"{table}.parquet"
            connection.execute(
                f"copy (select * from marts.{table} order by all)"
                f" to '{path}' (format parquet)"
            )
            hashes[table] = hashlib.sha256(path.read_bytes()).hexdigest()
    return hashes


def differing(
    left: dict[str, str],
    right: dict[str, str],
    left_database: Path,
    right_database: Path,
) -> list[str]:
    """A line for each mart that differs, with how many rows only one side has."""
    lines = [
        f"only one build has {name}" for name in sorted(left.keys() ^ right.keys())
    ]
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(f"attach '{left_database}' as left_side (read_only)")
        connection.execute(f"attach '{right_database}' as right_side (read_only)")
        for name in sorted(left.keys() & right.keys()):
            if left[name] == right[name]:
                continue
            lost, added = (
                connection.sql(
                    f"select count(*) from (select * from {one}.marts.{name}"
                    f" except all select * from {other}.marts.{name})"
                ).fetchall()[0][0]
                for one, other in (
                    ("left_side", "right_side"),
                    ("right_side", "left_side"),
                )
            )
            lines.append(
                f"{name}: {lost} rows only in the first, {added} in the second"
            )
    return lines


def rewrite_exports(
    source: Path, target: Path, change: Callable[[Row, list[Row]], list[Row]]
) -> Path:
    """Copy a folder of raw CSV exports, with each file's rows changed.

    `change` gets the header and the rows of a file and gives its new rows.
    """
    for path in sorted(source.rglob("raw_*.csv")):
        with path.open(encoding="utf-8", newline="") as lines:
            header, *rows = csv.reader(lines)
        copy = target / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        with copy.open("w", encoding="utf-8", newline="") as lines:
            writer = csv.writer(lines, lineterminator="\n")
            writer.writerow(header)
            writer.writerows(change(header, rows))
    return target
