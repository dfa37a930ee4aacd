"""Equal inputs give equal marts, byte for byte, in any order and any number."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import PROJECT, MakeDbt
from marts import Row, differing, fingerprints, rewrite_exports

EXPORTS = PROJECT / "seeds" / "exports"


def shuffled(header: Row, rows: list[Row]) -> list[Row]:
    return random.Random(len(rows)).sample(rows, len(rows))


def doubled(header: Row, rows: list[Row]) -> list[Row]:
    return [*rows, *rows]


@pytest.mark.parametrize("change", [shuffled, doubled])
def test_marts_are_the_same_bytes_from_exports_that_say_the_same(
    demo_database: Path,
    make_dbt: MakeDbt,
    tmp_path: Path,
    change: Callable[[Row, list[Row]], list[Row]],
) -> None:
    exports = rewrite_exports(EXPORTS, tmp_path / "exports", change)
    again = make_dbt(exports_dir=exports)
    again("build", "--exclude-resource-type", "unit_test", "test")
    first = fingerprints(demo_database, tmp_path / "first")
    second = fingerprints(again.database, tmp_path / "second")
    assert differing(first, second, demo_database, again.database) == []
