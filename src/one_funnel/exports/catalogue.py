"""The raw tables that the warehouse reads, as the seeds' YAML describes them.

The demo's exports are seeds, and a user's have the same names and columns; so the YAML
of those seeds is the one place that says what an export looks like.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

from one_funnel.console import WrongUse

CATALOGUE = Path("seeds") / "exports" / "_exports__seeds.yml"

# What the loader adds to the columns of the system; a file need not have all of them.
LOADER_COLUMNS = frozenset({"_exported_at", "_source_file", "_row_number"})


@dataclass(frozen=True)
class RawTable:
    """A raw table with the columns of its system.

    `kind` is dump, events or restated; an optional table may be absent.
    """

    name: str
    columns: tuple[str, ...]
    kind: str
    is_optional: bool


def read_catalogue(root: Path) -> tuple[RawTable, ...]:
    """The raw tables of the project at `root`, in the catalogue's order.

    Raises WrongUse when the catalogue is missing or lists no columns for a table.
    """
    path = root / CATALOGUE
    if not path.exists():
        raise WrongUse(
            f"{path} is missing, which says what the exports look like: "
            "get it back with `git checkout`"
        )
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    tables = tuple(_raw_table(seed) for seed in document["seeds"])
    bare = [table.name for table in tables if not table.columns]
    if bare:
        raise WrongUse(f"{path} lists no columns for {', '.join(bare)}")
    return tables


def _raw_table(seed: dict[str, object]) -> RawTable:
    config = seed.get("config")
    meta = config.get("meta", {}) if isinstance(config, dict) else {}
    columns = seed.get("columns")
    return RawTable(
        name=str(seed["name"]),
        columns=tuple(
            str(column["name"])
            for column in (columns if isinstance(columns, list) else [])
            if column["name"] not in LOADER_COLUMNS
        ),
        kind=str(meta.get("kind", "")),
        is_optional=bool(meta.get("optional", False)),
    )
