"""The warehouse says of the demo what the truth is.

Who is who is held against what the generator of the demo knows; everything else against
the reference interpreter, whose answers stand in tests/fixtures/demo_truth. `pytest -s`
prints the grades. To see how the interpreter came to an answer:

    python -m tests.python.reference --exports seeds/exports --person PERSON_ID
"""

import csv
import random
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from comparing import (
    MARTS,
    Rows,
    Warehouse,
    as_text,
    assert_answer,
    assert_same_mqls,
    assert_same_rows,
)
from reference import interpret
from reference.writing import answer_rows

PROJECT = Path(__file__).parents[2]
EXPORTS = PROJECT / "seeds" / "exports"
TRUTH = PROJECT / "tests" / "fixtures" / "demo_truth"


def truth(name: str) -> Rows:
    with (TRUTH / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture(scope="module")
def warehouse(demo_database: Path) -> Warehouse:
    return Warehouse(demo_database)


# Who is who


def pairs(groups: Iterable[int]) -> int:
    """The pairs inside groups of these sizes."""
    return sum(size * (size - 1) // 2 for size in groups)


def test_records_are_united_as_people_are(warehouse: Warehouse) -> None:
    person_of = warehouse.person_of_record()
    records = [
        ((row["record_kind"], row["record_id"]), row["true_person"])
        for row in truth("people")
        if row["is_joinable"] == "true"
    ]
    kinds = {kind for kind, _ in person_of}
    assert {kind for (kind, _), _ in records} <= kinds, f"known kinds: {kinds}"
    unknown = [record for record, _ in records if record not in person_of]
    assert unknown == [], f"{len(unknown)} records are of nobody: {unknown[:5]}"

    united = [(person_of[record], person) for record, person in records]
    right = pairs(Counter(united).values())
    claimed = pairs(Counter(person_id for person_id, _ in united).values())
    true = pairs(Counter(person for _, person in united).values())
    precision, recall = right / claimed, right / true
    print(f"people: {len(records)} records, precision {precision}, recall {recall}")
    assert precision >= 0.999
    assert recall >= 0.99


def test_person_ids_are_those_of_the_reference(warehouse: Warehouse) -> None:
    expected = {row["person_id"] for row in truth("passes")}
    actual = {
        row["person_id"]
        for row in warehouse.rows("select person_id from intermediate.int_people")
    }
    print(f"people: {len(expected & actual)} of {len(expected)} ids agree")
    assert sorted(expected ^ actual)[:5] == []


# What became of them


def test_mql_instants_agree_to_the_second(warehouse: Warehouse) -> None:
    expected = [
        {"pass_id": row["pass_id"], "mql_at": row["mql_at"]} for row in truth("passes")
    ]
    actual = warehouse.rows("select pass_id, mql_at from marts.fct_funnel")
    assert sum(bool(row["mql_at"]) for row in expected) > 0
    assert_same_rows(warehouse, "MQL instants", expected, actual, ("pass_id",))


def test_mql_scores_agree(warehouse: Warehouse) -> None:
    assert_same_mqls(warehouse, truth("mql_events"))


@pytest.mark.parametrize("name", list(MARTS))
def test_answers_agree_row_by_row(warehouse: Warehouse, name: str) -> None:
    assert_answer(warehouse, name, truth(name))


# Who owns them


def test_owners_agree_at_random_instants(warehouse: Warehouse) -> None:
    expected = periods_by_person(truth("ownership_periods"))
    actual = periods_by_person(
        warehouse.rows(
            "select person_id, valid_from, valid_to, owner_team, owner_user_id"
            " from marts.fct_ownership_periods"
        )
    )
    chance = random.Random(20261123)
    first = min(row["valid_from"] for rows in expected.values() for row in rows)
    last = max(row["valid_from"] for rows in expected.values() for row in rows)
    seconds = int((instant(last) - instant(first)).total_seconds())
    people = sorted(expected)
    wrong = []
    owned = 0
    for _ in range(1000):
        person_id = chance.choice(people)
        # Half of the instants lie in the middle of things: at a change of owner.
        if chance.random() < 0.5:
            at = instant(chance.choice(expected[person_id])["valid_from"])
        else:
            at = instant(first) + timedelta(seconds=chance.randrange(seconds))
        ours, theirs = owner(expected[person_id], at), owner(actual[person_id], at)
        owned += ours is not None
        if ours != theirs:
            key = warehouse.person_key({"person_id": person_id})
            wrong.append(f"{key} at {as_text(at)}: reference {ours}, SQL {theirs}")
    print(f"owners: {1000 - len(wrong)} of 1000 agree, {owned} of them have one")
    assert owned > 500
    assert wrong[:5] == []


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def periods_by_person(rows: Rows) -> dict[str, Rows]:
    periods: dict[str, Rows] = defaultdict(list)
    for row in rows:
        periods[row["person_id"]].append(row)
    return periods


def owner(periods: Rows, at: datetime) -> tuple[str, str] | None:
    text = as_text(at)
    owners = [
        (period["owner_team"], period["owner_user_id"])
        for period in periods
        if period["valid_from"] <= text
        and (not period["valid_to"] or text < period["valid_to"])
    ]
    assert len(owners) <= 1, (text, periods)
    return owners[0] if owners else None


# The truth itself


def test_truth_is_what_the_reference_says_now() -> None:
    for name, rows in answer_rows(interpret(EXPORTS)).items():
        assert rows == truth(name), f"run the reference again: {name} is stale"
