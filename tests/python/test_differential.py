"""Of random worlds, the warehouse says what the reference interpreter says.

Compared are the rows of everything that the reference answers: who is who, passes,
stages, scores, handovers, promises and owners; and what deals are, whose they are, and
what each touch earns of them, by booking too.

Fifty worlds in every run; `make prove` compares a thousand, and plants errors that the
comparison has to find. See how the reference came to an answer:

    python -m tests.python.reference --exports DIRECTORY --person KEY
"""

import json
import os
import random
import shutil
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from conftest import PROJECT, Dbt, MakeDbt
from differential import Judge, Told, marts_to_build, report
from planted_errors import PLANTED_ERRORS, PlantedError
from random_lives import (
    BEGINNINGS,
    BEHIND,
    CURRENCIES,
    END,
    World,
    choose_shapes,
    make_world,
)

SEED = 20261102
# Worlds that share a build.
TOGETHER = 50
# How many worlds `make prove` compares, and which ones.
PROVED = int(os.environ.get("ONE_FUNNEL_PROVED_WORLDS", "1000"))
PROVED_FROM = int(os.environ.get("ONE_FUNNEL_PROVED_SEED", "1"))
# Every so many builds, one world stands alone; and one build is asked for its past.
ALONE_EVERY = 4
PAST_EVERY = 2


@pytest.fixture(scope="module")
def judge(make_dbt: MakeDbt, tmp_path_factory: pytest.TempPathFactory) -> Judge:
    return Judge(make_dbt, tmp_path_factory.mktemp("worlds"))


def make_worlds(count: int, seed: int) -> list[World]:
    shapes = choose_shapes(count, seed)
    return [make_world(shape, number) for number, shape in enumerate(shapes)]


def choose_exports(seed: int) -> list[datetime]:
    """Up to four instants at which everything is exported, before the last one."""
    chance = random.Random(seed)
    first = BEGINNINGS[0]
    hours = int((END - first).total_seconds()) // 3_600
    return sorted(
        first + timedelta(hours=chance.randrange(hours))
        for _ in range(chance.randrange(5))
    )


def choose_signing(worlds: Sequence[World], seed: int) -> datetime:
    """Just before a contract, which an export then has: its clock is behind.

    The day, which is all that a contract tells, is not over.
    """
    signed_at = [
        step.at for world in worlds for step in world.steps if step.method == "contract"
    ]
    return random.Random(seed).choice(signed_at) - BEHIND / 2


@pytest.fixture(scope="module")
def exports_at() -> list[datetime]:
    return choose_exports(SEED)


@pytest.fixture(scope="module")
def told(judge: Judge, exports_at: list[datetime]) -> Told:
    return judge.tell(make_worlds(TOGETHER, SEED), exports_at)


def test_worlds_reach_every_end(told: Told) -> None:
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
    events = {event.event for event in told.answers.stage_events}
    assert events >= {"opportunity_created", "opportunity_reopened", "won", "lost"}
    journeys = told.answers.journeys
    bookings = [each for found in journeys.bookings().values() for each in found]
    assert {booking.kind for booking in bookings} == {"contract", "refund", "reversal"}
    assert {booking.currency for booking in bookings} == {"EUR", *CURRENCIES}
    touches = [touch for found in journeys.all_touches.values() for touch in found]
    assert {
        touch.can_earn for touch in touches if touch.visit_id and touch.campaign_id
    } == {True, False}
    strangers = journeys.touches_of_strangers()
    assert {touch.visitor is None for touch in strangers} == {True, False}
    opportunities = told.answers.opportunities
    named_by = {
        opportunity_id: opportunities.evidence_of(record)[0]
        for opportunity_id, record in opportunities.records.items()
    }
    assert set(named_by.values()) == {"roles", "conversion", "account", "nothing"}
    deals = list(told.answers.deals.answers())
    of_accounts = [deal for deal in deals if named_by[deal.opportunity_id] == "account"]
    assert {
        deal.account_id == opportunities.records[deal.opportunity_id]["account_id"]
        for deal in of_accounts
    } == {True, False}
    assert {deal.person_count > 1 for deal in of_accounts} == {True, False}
    assert any(deal.account_id and not deal.person_count for deal in deals)
    assert {deal.outcome for deal in deals} == {"open", "won", "lost"}
    assert {deal.sourced_by for deal in deals} == {"marketing", "sales", None}
    assert len({credit.channel for credit in journeys.credits()}) > 8
    assert len({credit.channel for credit in journeys.pipeline_credits()}) > 8


def test_both_say_the_same(
    judge: Judge, told: Told, exports_at: Sequence[datetime]
) -> None:
    print(f"\n{len(told.worlds)} worlds, rows compared: {told.counts()}")
    if told.differences():
        pytest.fail(report(judge, told, exports_at), pytrace=False)


@pytest.mark.prove
@pytest.mark.parametrize("number", range(PROVED // TOGETHER))
def test_many_worlds_agree(judge: Judge, number: int) -> None:
    seed = PROVED_FROM + number
    exports_at = choose_exports(seed)
    worlds = make_worlds(TOGETHER, seed)
    as_of = None
    if number % PAST_EVERY == 0:
        as_of = choose_signing(worlds, seed)
        exports_at = sorted({*exports_at, as_of})
    groups = [worlds]
    if number % ALONE_EVERY == 0:
        groups = [worlds[:-1], worlds[-1:]]
    for group in groups:
        told = judge.tell(group, exports_at, as_of)
        print(f"\n{len(group)} worlds as of {told.answers.as_of}: {told.counts()}")
        if told.differences():
            pytest.fail(report(judge, told, exports_at), pytrace=False)


def test_planted_errors_still_fit_the_models(tmp_path: Path) -> None:
    shutil.copytree(PROJECT / "models", tmp_path / "models")
    for error in PLANTED_ERRORS:
        error.plant(tmp_path)
        error.remove(tmp_path)


@pytest.fixture(scope="module")
def workshop(
    make_dbt: MakeDbt,
    told: Told,
    tmp_path_factory: pytest.TempPathFactory,
) -> Dbt:
    """The fifty worlds over a copy of the project whose SQL may be changed."""
    project = tmp_path_factory.mktemp("workshop")
    for name in ("models", "macros"):
        shutil.copytree(PROJECT / name, project / name)
    for name in ("dbt_project.yml", "profiles.yml", "seeds", "tests"):
        (project / name).symlink_to(PROJECT / name)
    built = make_dbt(exports_dir=told.exports, project=project)
    built(
        "build",
        *("--exclude-resource-type", "unit_test", "test"),
        *("--select", *marts_to_build()),
    )
    return built


def models_that_change(workshop: Dbt, error: PlantedError) -> list[str]:
    """The models that an error is in, and all from there to the marts of both."""
    manifest = json.loads((workshop.target / "manifest.json").read_text("utf-8"))

    def reached(neighbours: dict[str, list[str]], names: Sequence[str]) -> set[str]:
        waiting = [f"model.one_funnel.{name}" for name in names]
        found = set(waiting)
        while waiting:
            new = set(neighbours[waiting.pop()]) - found
            found |= new
            waiting += new
        return found

    marts = [mart.removeprefix("+") for mart in marts_to_build()]
    changed = reached(manifest["child_map"], error.models)
    changed &= reached(manifest["parent_map"], marts)
    return sorted(node.rpartition(".")[2] for node in changed)


@pytest.mark.prove
@pytest.mark.parametrize("error", PLANTED_ERRORS, ids=lambda error: error.name)
def test_planted_errors_are_found(
    judge: Judge, told: Told, workshop: Dbt, error: PlantedError
) -> None:
    changed = models_that_change(workshop, error)
    error.plant(workshop.project)
    try:
        wrong = judge.tell(told.worlds, built=workshop, select=changed)
        found = wrong.differences()
        wrong.warehouse.close()
    finally:
        error.remove(workshop.project)
        judge.tell(told.worlds, built=workshop, select=changed).warehouse.close()
    names = dict(Counter(difference.name for difference in found))
    print(f"\n{error.name}: {len(found)} rows differ, {names}")
    assert found
