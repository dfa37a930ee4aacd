"""The tables of the agreement, as they stand in `seeds/lead_definition`."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import yaml

from one_funnel.console import WrongUse

VERSION = "definition_version"
VERSIONS = "definition_versions"
HASHES = "definition_hashes"

# A version is retired, and signed, after its content was settled.
UNSIGNED_COLUMNS = {
    VERSIONS: frozenset(
        {
            "status",
            "signed_by_marketing",
            "signed_by_marketing_at",
            "signed_by_sales",
            "signed_by_sales_at",
            "content_hash",
        }
    )
}

Row = dict[str, str]


@dataclass(frozen=True)
class Table:
    """One table of the agreement, with all of its versions.

    The values of `rows` are texts as the database writes them, so that `0.4` and `0.40`
    are the same number; an empty value is an empty text. `key` names the columns that
    tell the rows of one version apart.
    """

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def signed_columns(self) -> tuple[str, ...]:
        """The columns that a signature covers, in alphabetical order."""
        unsigned = UNSIGNED_COLUMNS.get(self.name, frozenset())
        return tuple(sorted(set(self.columns) - unsigned))

    def of_version(self, version: str) -> tuple[Row, ...]:
        """The rows of one version, in the order of the file."""
        return tuple(row for row in self.rows if row[VERSION] == version)


def definition_folder(root: Path) -> Path:
    """The folder of the agreement in a checkout."""
    return root / "seeds" / "lead_definition"


def read_tables(folder: Path) -> dict[str, Table]:
    """Every table of the agreement by name, the hashes of signed versions too.

    Raises WrongUse when a file is missing or a value does not have the type that the
    YAML of the folder says.
    """
    described = folder / "_lead_definition__seeds.yml"
    try:
        seeds = yaml.safe_load(described.read_text(encoding="utf-8"))["seeds"]
        return {seed["name"]: _read_table(folder, seed) for seed in seeds}
    except FileNotFoundError as error:
        raise WrongUse(
            f"{error.filename} does not exist: the agreement needs every one of its "
            "tables, if only with a header"
        ) from error


def versions_of(tables: dict[str, Table]) -> tuple[str, ...]:
    """The versions of the agreement, in the order of the file."""
    return tuple(row[VERSION] for row in tables[VERSIONS].rows)


def known_version(tables: dict[str, Table], version: str) -> str:
    """The version, or WrongUse when the agreement does not have it."""
    versions = versions_of(tables)
    if version not in versions:
        raise WrongUse(
            f"there is no version {version}: {VERSIONS}.csv has {', '.join(versions)}"
        )
    return version


def agreement_tables(tables: dict[str, Table]) -> tuple[Table, ...]:
    """The tables that a hash covers, in alphabetical order."""
    return tuple(tables[name] for name in sorted(tables) if name != HASHES)


def _read_table(folder: Path, seed: dict[str, Any]) -> Table:
    name = seed["name"]
    types: dict[str, str] = seed["config"]["column_types"]
    path = folder / f"{name}.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        found = tuple(reader.fieldnames or ())
        if set(found) != set(types):
            raise WrongUse(
                f"{path} has the columns {', '.join(found)}, and the YAML beside it "
                f"describes {', '.join(types)}: make them agree"
            )
        rows = tuple(
            {
                column: _as_written(row[column], types[column], path, column, number)
                for column in types
            }
            for number, row in enumerate(reader, start=2)
        )
    return Table(name, tuple(types), _key(seed), rows)


def _key(seed: dict[str, Any]) -> tuple[str, ...]:
    """What makes a row unique in a version, as the tests of the seed say."""
    for test in seed.get("data_tests", []):
        if isinstance(test, dict) and "unique_combination" in test:
            combination = test["unique_combination"]["arguments"]["combination"]
            return tuple(column for column in combination if column != VERSION)
    return ()


def _as_written(text: str, kind: str, path: Path, column: str, number: int) -> str:
    if text == "":
        return ""
    name = kind.partition("(")[0]
    try:
        return WRITERS[name](text)
    except (ValueError, KeyError, InvalidOperation) as error:
        raise WrongUse(
            f"{path}, row {number}: {column} is {text!r}, which is no {kind}"
        ) from error


def _decimal(text: str) -> str:
    return f"{Decimal(text).quantize(Decimal('0.000001'), ROUND_HALF_UP):f}"


def _boolean(text: str) -> str:
    return {"true": "true", "false": "false"}[text.lower()]


def _timestamp(text: str) -> str:
    return datetime.fromisoformat(text).strftime("%Y-%m-%d %H:%M:%S")


# How the database writes a value of each type as text.
WRITERS: dict[str, Callable[[str], str]] = {
    "varchar": str,
    "decimal": _decimal,
    "integer": lambda text: str(int(text)),
    "boolean": _boolean,
    "timestamp": _timestamp,
}
