"""The warehouse says of the demo what the truth is.

Who is who is held against what the generator of the demo knows; everything else against
the reference interpreter, whose answers stand in tests/fixtures/demo_truth. `pytest -s`
prints the grades. To see how the interpreter came to an answer:

    python -m tests.python.reference --exports seeds/exports --person PERSON_ID
"""

from pathlib import Path

import pytest

from comparing import (
    MARTS,
    Warehouse,
    assert_answer,
    assert_same_mqls,
    assert_same_rows,
    booking_credit_differences,
    booking_differences,
    credit_differences,
    opportunity_differences,
)
from grading_demo import grade_identity, grade_mql_instants, grade_owners, truth
from reference import Answers, interpret
from reference.writing import answer_rows

PROJECT = Path(__file__).parents[2]
EXPORTS = PROJECT / "seeds" / "exports"


@pytest.fixture(scope="module")
def warehouse(demo_database: Path) -> Warehouse:
    return Warehouse(demo_database)


@pytest.fixture(scope="module")
def answers() -> Answers:
    return interpret(EXPORTS)


# Who is who


def test_every_record_is_of_somebody(warehouse: Warehouse) -> None:
    person_of = warehouse.person_of_record()
    records = [
        (row["record_kind"], row["record_id"])
        for row in truth("people")
        if row["is_joinable"] == "true"
    ]
    kinds = {kind for kind, _ in person_of}
    assert {kind for kind, _ in records} <= kinds, f"known kinds: {kinds}"
    unknown = [record for record in records if record not in person_of]
    assert unknown == [], f"{len(unknown)} records are of nobody: {unknown[:5]}"


def test_records_are_united_as_people_are(warehouse: Warehouse) -> None:
    grade = grade_identity(warehouse)
    print(f"people: {grade}")
    assert grade.precision >= 0.999
    assert grade.recall >= 0.99


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
    assert grade_mql_instants(warehouse).share == 1
    assert_same_rows(warehouse, "MQL instants", expected, actual, ("pass_id",))


def test_mql_scores_agree(warehouse: Warehouse) -> None:
    assert_same_mqls(warehouse, truth("mql_events"))


@pytest.mark.parametrize("name", list(MARTS))
def test_answers_agree_row_by_row(warehouse: Warehouse, name: str) -> None:
    assert_answer(warehouse, name, truth(name))


# What it earned, and whose deals


def test_bookings_agree_in_every_currency(
    warehouse: Warehouse, answers: Answers
) -> None:
    bookings = answers.journeys.bookings().values()
    assert len({booking.currency for found in bookings for booking in found}) > 2
    assert booking_differences(warehouse, answers)[:5] == []


def test_credits_of_revenue_and_pipeline_agree(
    warehouse: Warehouse, answers: Answers
) -> None:
    assert len(list(answers.journeys.credits())) > 2000
    assert len(list(answers.journeys.pipeline_credits())) > 10000
    assert credit_differences(warehouse, answers)[:5] == []


def test_credits_of_every_booking_agree(warehouse: Warehouse, answers: Answers) -> None:
    credits = list(answers.journeys.booking_credits())
    print(f"booking credits: {len(credits)} rows compared")
    assert len(credits) > 2000
    assert {credit.booking.kind for credit in credits} == {
        "contract",
        "refund",
        "reversal",
    }
    assert {credit.touch_id is None for credit in credits} == {True, False}
    assert booking_credit_differences(warehouse, answers)[:5] == []


def test_deals_agree_in_whose_they_are_and_how_they_ended(
    warehouse: Warehouse, answers: Answers
) -> None:
    deals = list(answers.deals.answers())
    print(f"opportunities: {len(deals)} rows compared")
    assert {deal.outcome for deal in deals} == {"open", "won", "lost"}
    assert {deal.sourced_by for deal in deals} >= {"marketing", "sales"}
    assert opportunity_differences(warehouse, answers)[:5] == []


# Who owns them


def test_owners_agree_at_random_instants(warehouse: Warehouse) -> None:
    grade = grade_owners(warehouse)
    print(f"owners: {grade.instants}, {grade.owned_count} have one")
    assert grade.owned_count > 500
    assert grade.wrong[:5] == ()


# The truth itself


def test_truth_is_what_the_reference_says_now(answers: Answers) -> None:
    for name, rows in answer_rows(answers).items():
        assert rows == truth(name), f"run the reference again: {name} is stale"
