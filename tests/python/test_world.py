"""Invented companies: repeatable, as large as asked, and dirty only where told."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import fields, replace
from pathlib import Path

import pytest

from conftest import PROJECT
from one_funnel.world.generator import make_world
from one_funnel.world.scenario import SCENARIOS, Dirt, Scenario, only

SMALL = {"people": 150, "page_views": 1500}
DEMO = PROJECT / "seeds" / "exports"
LARGEST_DEMO_BYTES = 15_000_000


def small(scenario: Scenario) -> Scenario:
    return replace(scenario, **SMALL)


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*.csv"))
    }


def rows(folder: Path, table: str) -> list[dict[str, str]]:
    system = table.split("__")[0]
    path = folder / system / f"raw_{table}.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def told(row: dict[str, str]) -> tuple[str, ...]:
    """What a row says, without its number in the file."""
    return tuple(value for column, value in row.items() if column != "_row_number")


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clean")
    make_world(small(SCENARIOS["clean"]), 7, PROJECT, folder, None)
    return folder


@pytest.mark.parametrize("seed", [7, 8])
def test_equal_seeds_give_equal_bytes_and_others_do_not(
    clean: Path, tmp_path: Path, seed: int
) -> None:
    make_world(small(SCENARIOS["clean"]), seed, PROJECT, tmp_path, None)
    assert (files(tmp_path) == files(clean)) is (seed == 7)


def test_the_demo_is_what_the_generator_writes(tmp_path: Path) -> None:
    truth = tmp_path / "truth"
    size = make_world(SCENARIOS["demo"], 20250512, PROJECT, tmp_path / "exports", truth)
    assert files(tmp_path / "exports") == files(DEMO)
    assert size < LARGEST_DEMO_BYTES
    kept = PROJECT / "tests" / "fixtures" / "demo_truth" / "people.csv"
    assert (truth / "people.csv").read_bytes() == kept.read_bytes()


@pytest.mark.parametrize("kind", [field.name for field in fields(Dirt)])
def test_each_switch_changes_the_exports(
    clean: Path, tmp_path: Path, kind: str
) -> None:
    make_world(small(only(kind)), 7, PROJECT, tmp_path, None)
    assert files(tmp_path) != files(clean)


def test_a_clean_world_repeats_no_row_and_exports_nothing_early(clean: Path) -> None:
    for table in ("web__pages", "salesforce__lead", "hubspot__contacts"):
        assert max(Counter(map(told, rows(clean, table))).values()) == 1
    early = [
        row
        for row in rows(clean, "web__pages")
        if row["timestamp"] > row["_exported_at"]
    ]
    assert early == []


def test_repeated_rows_are_the_same_rows_again(clean: Path, tmp_path: Path) -> None:
    make_world(small(only("duplicate_rows")), 7, PROJECT, tmp_path, None)
    before = Counter(map(told, rows(clean, "hubspot__contacts")))
    after = Counter(map(told, rows(tmp_path, "hubspot__contacts")))
    assert after.keys() == before.keys()
    assert after.total() > before.total()


def test_a_merged_contact_leaves_the_dumps_when_it_is_merged(tmp_path: Path) -> None:
    make_world(small(only("merged_contacts")), 7, PROJECT, tmp_path, None)
    merges = rows(tmp_path, "hubspot__contact_merge_audit")
    assert merges
    for merge in merges:
        later = [
            row
            for row in rows(tmp_path, "hubspot__contacts")
            if row["hs_object_id"] == merge["vid_to_merge"]
            and row["_exported_at"] > merge["timestamp"]
        ]
        assert later == []
