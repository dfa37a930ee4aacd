"""Of people to whom anything can happen, the warehouse says what the reference says.

When they differ, see how the reference came to its answer:

    python -m tests.python.reference --exports DIRECTORY --person PERSON_ID
"""

from dataclasses import dataclass

import pytest

from comparing import MARTS, Rows, Warehouse, assert_answer, assert_same_mqls
from conftest import MakeDbt
from random_lives import Lives
from reference import Answers, interpret
from reference.writing import answer_rows

SEED = 20261102
PEOPLE = 400


@dataclass(frozen=True)
class Told:
    """One world, as told by both."""

    warehouse: Warehouse
    answers: Answers
    rows: dict[str, Rows]


@pytest.fixture(scope="module")
def told(make_dbt: MakeDbt, tmp_path_factory: pytest.TempPathFactory) -> Told:
    exports = Lives(SEED).write(PEOPLE, tmp_path_factory.mktemp("random_lives"))
    print(f"\nrandom lives are in {exports}")
    project = make_dbt(exports_dir=exports)
    marts = [f"+{mart}" for mart, _ in MARTS.values()]
    project("build", "--exclude-resource-type", "unit_test", "test", "--select", *marts)
    answers = interpret(exports)
    return Told(Warehouse(project.database), answers, answer_rows(answers))


def test_lives_reach_every_end(told: Told) -> None:
    assert {pass_.outcome for pass_ in told.answers.passes} == {
        None,
        "won",
        "lost",
        "recycled",
        "disqualified",
        "erased",
    }
    assert {mql.trigger for mql in told.answers.mql_events} >= {
        "score",
        "hand_raise",
        "nomination",
    }
    assert {answer.outcome.outcome for answer in told.answers.commitments} == {
        "kept",
        "broken",
        "superseded",
        "cancelled_privacy",
        "open",
    }
    assert {event.is_repaired for event in told.answers.stage_events} == {True, False}


def test_people_are_the_same(told: Told) -> None:
    assert told.warehouse.person_of_key() == told.answers.people


def test_mqls_are_the_same(told: Told) -> None:
    assert_same_mqls(told.warehouse, told.rows["mql_events"])


@pytest.mark.parametrize("name", list(MARTS))
def test_answers_are_the_same(told: Told, name: str) -> None:
    assert_answer(told.warehouse, name, told.rows[name])
