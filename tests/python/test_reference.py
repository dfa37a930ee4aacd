"""The reference interpreter gives the answers that were worked out on paper.

The examples of the agreement, golden numbers and nasty cases, each on the smallest
exports that hold it. Times are Europe/Amsterdam unless they end in Z.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from exports_builder import Exports, mapping, salesforce_id, word
from reference import Answers, interpret
from reference.__main__ import life_of
from reference.agreement import Agreement, BehaviourRule
from reference.calendar import Calendar, add_months, clock_minutes
from reference.deals import DealAnswer
from reference.handovers import TO_MARKETING, TO_SALES, HandoverAnswer
from reference.interactions import Interaction
from reference.interpret import SEEDS
from reference.money import NoRateError
from reference.ownership import owner_at
from reference.people import hash_key
from reference.replay import Pass
from reference.scoring import Kept, behaviour_points

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM).astimezone(UTC)


@pytest.fixture
def world() -> Exports:
    return Exports()


@pytest.fixture
def answer(tmp_path: Path, world: Exports):
    """Writes the world and has it interpreted."""
    return lambda: interpret(world.write(tmp_path))


@pytest.fixture(scope="module")
def calendar() -> Calendar:
    return Calendar(SEEDS / "mappings", AMSTERDAM)


def a_title(seniority: str) -> str:
    return word("seniority_titles", "title_pattern", seniority=seniority).strip("%")


def known(world: Exports, name: str, at: str, **fit: Any) -> None:
    """Somebody of fit 35, with a contact and a lead, and a cookie of their name."""
    fit = {"employees": 120, "country": "NL"} | fit
    world.contact(name, f"{name}@firm-{name}.example", at=at, **fit)
    world.lead(name, f"{name}@firm-{name}.example", at=at)
    world.identify(name, f"{name}@firm-{name}.example", at=at)


def asks_for_demo(world: Exports, name: str, at: str) -> None:
    world.form("demo_request", f"{name}@firm-{name}.example", at=at)


def passes_of(answers: Answers, name: str) -> list[Pass]:
    person_id = answers.people[f"email:{name}@firm-{name}.example"]
    return [pass_ for pass_ in answers.passes if pass_.person_id == person_id]


def stages_of(answers: Answers, name: str) -> list[tuple[str, datetime]]:
    pass_ids = {pass_.pass_id for pass_ in passes_of(answers, name)}
    return [
        (event.stage, event.occurred_at)
        for event in answers.stage_events
        if event.pass_id in pass_ids
    ]


def handovers_of(
    answers: Answers, name: str, direction: str = TO_SALES
) -> list[HandoverAnswer]:
    pass_ids = {pass_.pass_id for pass_ in passes_of(answers, name)}
    return [
        handover
        for handover in answers.handovers
        if handover.pass_id in pass_ids and handover.direction == direction
    ]


def owner_of(answers: Answers, name: str, at: str) -> tuple[str, str | None] | None:
    person_id = answers.people[f"email:{name}@firm-{name}.example"]
    periods = [p for p in answers.ownership_periods if p.person_id == person_id]
    return owner_at(periods, local(at))


# The worked examples of the agreement


def test_webinar_takes_the_buyer_over_the_line(world, answer):
    start = "2026-11-03 10:00"
    known(
        world,
        "buyer",
        start,
        industry=mapping("target_industries")[0]["industry"],
        job_title=a_title("influencer"),
    )
    world.form("gated_content", "buyer@firm-buyer.example", at=start)
    world.page("buyer", "pricing", at="2026-11-08 10:00")
    world.campaign("webinar", "webinar")
    world.campaign_member("webinar", lead="buyer", at="2026-11-15 10:00")
    answers = answer()

    scores = {at.occurred_at: at.score for at in answers.evaluations}
    day_5, day_12 = local("2026-11-08 10:00"), local("2026-11-15 10:00")
    assert scores[day_5].fit == 53
    assert round(scores[day_5].behaviour, 3) == 17.127
    (mql,) = answers.mql_events
    assert mql.occurred_at == day_12
    assert mql.trigger == "score"
    assert mql.score.fit == 53
    assert round(mql.score.behaviour, 4) == 33.1339
    assert round(mql.score.total, 4) == 86.1339
    assert passes_of(answers, "buyer")[0].entered_at["mql"] == day_12


@pytest.mark.parametrize(
    ("form", "is_mql"),
    [("gated_content", False), ("demo_request", False), ("callback_request", True)],
)
def test_intern_passes_by_callback_request_only(world, answer, form, is_mql):
    email = f"intern@{mapping('free_mail_domains')[0]['domain']}"
    at = "2026-11-03 10:00"
    world.contact("intern", email, at=at, employees=9, country="NL")
    world.lead("intern", email, at=at)
    world.campaign("fair", "event")
    world.campaign("talk", "webinar")
    world.campaign("day", "event")
    for campaign in ("fair", "talk", "day"):
        world.campaign_member(campaign, lead="intern", at="2026-11-04 10:00")
    world.identify("intern", email, at=at)
    for day in (3, 4, 5):
        world.page("intern", "pricing", at=f"2026-11-0{day} 11:00")
        world.form("gated_content", email, at=f"2026-11-0{day} 11:00")
    world.form(form, email, at="2026-11-05 12:00")
    answers = answer()

    judged = answers.evaluations[-1].score
    assert (judged.fit, judged.behaviour, judged.total) == (-5, 100, 95)
    assert [mql.trigger for mql in answers.mql_events] == ["hand_raise"] * is_mql


# Golden numbers


def test_points_fade_by_half_lives():
    version = Agreement(SEEDS / "lead_definition").versions["1.1.0"]
    now = datetime(2026, 11, 3, 10, tzinfo=UTC)
    kept = []
    for points, days in ((25, 45), (40, 10), (15, 0)):
        rule = BehaviourRule(str(points), "event", "event", "", points, 30, ())
        at = now - timedelta(days=days)
        kept.append(Kept(rule, Interaction(at, "", "", "event", "", "")))

    def at_age(days: float) -> float:
        by_rule = behaviour_points(version, kept, now + timedelta(days=days))[1]
        return sum(by_rule.values())

    assert round(at_age(0), 4) == 55.5869
    assert round(at_age(30), 4) == 27.7934
    assert at_age(4.5844) > 50 > at_age(4.5846)


@pytest.mark.parametrize(
    ("asked", "due"),
    [
        *((f"2026-10-{day}", "2027-03-01 09:00") for day in (28, 29, 30, 31)),
        ("2023-10-31", "2024-02-29 09:00"),
        ("2026-12-27", "2027-04-28 09:00"),
    ],
)
def test_call_in_four_months_is_due_when_somebody_can_call(calendar, asked, due):
    unrolled = add_months(date.fromisoformat(asked), 4)
    assert calendar.first_opening(unrolled) == local(due)


@pytest.mark.parametrize(
    ("start", "end", "business", "clock"),
    [
        ("2026-11-20 16:45", "2026-11-23 09:30", 75, 3885),
        ("2026-10-23 17:00", "2026-10-26 09:30", 60, 3930),
        ("2026-12-24 16:30", "2026-12-28 10:00", 120, 5370),
        ("2026-11-03 17:30", "2026-11-04 09:00", 0, 930),
    ],
    ids=["weekend", "end of summer time", "Christmas", "night"],
)
def test_business_minutes(calendar, start, end, business, clock):
    assert calendar.business_minutes(local(start), local(end)) == business
    assert clock_minutes(local(start), local(end)) == clock


def test_business_minutes_equal_a_count_of_minutes(calendar):
    start, end = local("2026-10-22 16:59"), local("2026-10-27 11:07")
    counted = 0
    minute = start
    while minute < end:
        of_day = minute.astimezone(AMSTERDAM)
        is_open = (9, 0) <= (of_day.hour, of_day.minute) < (17, 30)
        counted += is_open and of_day.weekday() < 5
        minute += timedelta(minutes=1)
    assert calendar.business_minutes(start, end) == counted


# Nasty cases


def test_10_acceptance_that_came_too_early_is_applied_at_the_handover(world, answer):
    known(world, "lag", "2026-11-03 09:00")
    asks_for_demo(world, "lag", "2026-11-03 09:30")
    world.accept("lag", by="sam", at="2026-11-03 10:00")
    world.assign("lag", "sam", at="2026-11-03 10:05")
    known(world, "late", "2026-11-03 09:00")
    asks_for_demo(world, "late", "2026-11-03 09:30")
    world.accept("late", by="sam", at="2026-11-03 10:00")
    world.assign("late", "sam", at="2026-11-03 14:00")
    answers = answer()

    assert passes_of(answers, "lag")[0].entered_at["sal"] == local("2026-11-03 10:05")
    (handover,) = handovers_of(answers, "lag")
    assert handover.decision == "accepted"
    assert handover.decision_business_minutes == 0
    repaired = [event for event in answers.stage_events if event.is_repaired]
    assert [event.stage for event in repaired] == ["sal"]

    assert "sal" not in passes_of(answers, "late")[0].entered_at
    assert handovers_of(answers, "late")[0].decision == "expired"
    assert [refused.reason for refused in answers.refused] == [
        "accepted_without_handover"
    ]


def test_a_held_acceptance_waits_for_one_assignment(world, answer):
    """Accepted twice, passed on, sent back, and handed over anew: nobody accepted."""
    known(world, "back", "2026-11-03 09:00")
    world.assign("back", "sam", at="2026-11-03 10:00:00")
    world.accept("back", by="sam", at="2026-11-03 10:00:01")
    world.accept("back", by="sam", at="2026-11-03 10:00:02")
    world.assign("back", "sue", at="2026-11-03 10:00:04")
    world.lead_event("back", "recycled", at="2026-11-03 10:00:06")
    world.lead_event("back", "nominated", at="2026-11-03 10:00:08")
    world.assign("back", "sam", at="2026-11-03 10:05:00")
    answers = answer()

    first, second = [
        handover
        for handover in handovers_of(answers, "back")
        if handover.direction == TO_SALES
    ]
    assert first.decision == "accepted"
    assert second.decision == "expired"
    assert [refused.reason for refused in answers.refused] == [
        "accepted_without_handover"
    ]


def test_12_inquiry_and_mql_in_one_second(world, answer):
    known(world, "quick", "2026-11-03 09:00")
    asks_for_demo(world, "quick", "2026-11-03 10:00")
    at = local("2026-11-03 10:00")
    assert stages_of(answer(), "quick")[1:] == [("inquiry", at), ("mql", at)]


def test_13_owner_of_no_second_owns_nothing(world, answer):
    world.user("tom", "sales")
    known(world, "ball", "2026-11-03 09:00")
    asks_for_demo(world, "ball", "2026-11-03 10:00")
    world.assign("ball", "sam", at="2026-11-03 10:30")
    world.assign("ball", "sue", at="2026-11-03 11:00")
    world.assign("ball", "tom", at="2026-11-03 11:00")
    world.accept("ball", by="tom", at="2026-11-03 12:00")
    answers = answer()

    assert owner_of(answers, "ball", "2026-11-03 10:29") == (
        "marketing",
        world.marketing_queue,
    )
    assert owner_of(answers, "ball", "2026-11-03 10:59") == (
        "sales",
        world.owner("sam"),
    )
    assert owner_of(answers, "ball", "2026-11-03 11:00") == (
        "sales",
        world.owner("tom"),
    )
    users = {period.user_id for period in answers.ownership_periods}
    assert world.owner("sue") not in users
    assert len(handovers_of(answers, "ball")) == 1


def test_who_came_back_never_left(world, answer):
    known(world, "ball", "2026-11-03 09:00")
    world.assign("ball", "sue", at="2026-11-03 10:00")
    world.accept("ball", by="sue", at="2026-11-03 11:00")
    world.user("sue", "sales", is_active=False, modified_at="2026-11-05 17:00")
    world.export("2026-11-10 06:00")
    world.user("sue", "sales", modified_at="2026-11-20 09:00")

    assert owner_of(answer(), "ball", "2026-11-12 09:00") == (
        "sales",
        world.owner("sue"),
    )


def test_who_had_the_lead_before_a_stranger_is_remembered(world, answer):
    known(world, "ball", "2026-11-03 09:00")
    world.lead("ball", "ball@firm-ball.example", at="2026-11-03 09:00", owner="sam")
    world.assign("ball", "stranger", at="2026-11-03 09:05")

    assert [stage for stage, _ in stages_of(answer(), "ball")] == [
        "known",
        "mql",
        "nurture",
    ]


def test_who_was_merged_twice_is_of_both(world, answer):
    for name in ("ann", "bea", "cas"):
        known(world, name, "2026-11-03 09:00")
    world.merge_contacts("ann", "cas", at="2026-11-04 09:00")
    world.merge_contacts("bea", "cas", at="2026-11-05 09:00")
    people = answer().people

    assert people["hubspot:hs-ann"] == people["hubspot:hs-bea"]


@pytest.mark.parametrize("day", [28, 29, 30, 31])
def test_14_callback_of_four_months_comes_back_to_the_same_rep(world, answer, day):
    known(world, "later", "2026-10-20 09:00")
    asks_for_demo(world, "later", "2026-10-20 10:00")
    world.assign("later", "sam", at=f"2026-10-{day} 09:30")
    world.reject("later", "R05", at=f"2026-10-{day} 11:00", callback_months=4)
    answers = answer()

    (promise,) = answers.commitments
    assert promise.commitment.due_at == local("2027-03-01 09:00")
    assert promise.commitment.holder_user_id == world.owner("sam")
    assert promise.outcome.outcome == "broken"
    first, second, *_ = passes_of(answers, "later")
    assert (first.outcome, first.outcome_reason) == ("recycled", "R05")
    assert second.mql_trigger == "callback_due"
    assert second.entered_at["mql"] == local("2027-03-01 09:00")
    assert owner_of(answers, "later", "2027-02-28 12:00")[0] == "marketing"
    assert owner_of(answers, "later", "2027-03-01 09:00") == (
        "sales",
        world.owner("sam"),
    )


def test_17_weekend_stops_the_clock(world, answer):
    for name in ("hot", "warm"):
        known(world, name, "2026-11-20 09:00")
        world.assign(name, "sam", at="2026-11-20 16:45")
        world.task(name, by="sam", at="2026-11-23 09:30")
    asks_for_demo(world, "hot", "2026-11-20 16:00")
    answers = answer()

    for name, is_met in (("hot", False), ("warm", True)):
        (handover,) = handovers_of(answers, name)
        assert handover.tier == name
        assert handover.first_touch_business_minutes == 75
        assert handover.first_touch_clock_minutes == 3885
        assert handover.is_first_touch_met is is_met


def test_20_call_before_the_handover_counts_as_none(world, answer):
    known(world, "early", "2026-11-03 09:00")
    asks_for_demo(world, "early", "2026-11-03 09:30")
    world.task("early", by="sam", at="2026-11-03 10:00")
    world.assign("early", "sam", at="2026-11-03 10:30")
    (handover,) = handovers_of(answer(), "early")
    assert handover.is_pre_contact
    assert handover.first_touch_business_minutes == Decimal(0)
    assert handover.is_first_touch_met


def test_26_recycled_person_starts_again_in_a_pass_of_their_own(world, answer):
    known(world, "again", "2027-01-18 09:00", job_title=a_title("decision_maker"))
    asks_for_demo(world, "again", "2027-01-18 10:00")
    world.assign("again", "sam", at="2027-01-18 10:30")
    world.accept("again", by="sam", at="2027-01-18 11:00")
    world.recycle("again", "R03", at="2027-02-01 10:00")
    world.form("gated_content", "again@firm-again.example", at="2027-03-10 10:00")
    world.campaign("webinar", "webinar")
    world.campaign_member("webinar", lead="again", at="2027-03-12 10:00")
    first, second = passes_of(answer(), "again")
    assert (first.outcome, first.closed_at) == ("recycled", local("2027-02-01 10:00"))
    assert first.entered_at["mql"] == local("2027-01-18 10:00")
    assert second.opened_at == first.closed_at
    assert second.entered_at["inquiry"] == local("2027-03-10 10:00")
    assert second.entered_at["mql"] == local("2027-03-12 10:00")


def test_28_deal_made_by_sales_is_no_mql_afterwards(world, answer):
    known(world, "made", "2026-11-02 08:00", job_title=a_title("decision_maker"))
    world.lead(
        "made",
        "made@firm-made.example",
        at="2026-11-02 09:00",
        owner="sam",
        status=word(
            "crm_lead_status_events",
            "to_value",
            field="Status",
            event="sales_generated",
        ),
    )
    world.account("firm", at="2026-11-02 09:00")
    world.crm_contact("made", "made@firm-made.example", at="2026-11-04 09:00")
    world.opportunity("deal", at="2026-11-04 10:00", contacts=("made",))
    world.opportunity_change("deal", "won", at="2026-11-20 15:00")
    world.contract("deal", on="2026-11-20")
    for day in (25, 26, 27):
        world.page("made", "pricing", at=f"2026-11-{day} 10:00")
    answers = answer()

    (pass_,) = passes_of(answers, "made")
    assert [stage for stage, _ in stages_of(answers, "made")] == [
        "known",
        "sal",
        "opportunity",
        "customer",
    ]
    assert "mql" not in pass_.entered_at
    assert pass_.outcome == "won"
    assert pass_.closed_at == local("2026-11-20 23:59:59")
    assert handovers_of(answers, "made") == []
    assert owner_of(answers, "made", "2026-11-03 12:00") == (
        "sales",
        world.owner("sam"),
    )


def test_30_handover_that_nobody_decides_expires_on_the_fifth_day(world, answer):
    known(world, "waits", "2026-11-03 09:00")
    asks_for_demo(world, "waits", "2026-11-03 10:00")
    world.assign("waits", "sam", at="2026-11-03 10:30")
    answers = answer()

    (handover,) = handovers_of(answers, "waits")
    assert handover.decision == "expired"
    assert handover.decided_at == local("2026-11-10 17:30")
    assert owner_of(answers, "waits", "2026-11-10 17:29")[0] == "sales"
    assert owner_of(answers, "waits", "2026-11-10 17:30")[0] == "marketing"
    first, _ = passes_of(answers, "waits")
    assert (first.outcome, first.outcome_reason) == ("recycled", "expired")


@pytest.mark.parametrize(
    ("asked_on", "horizon", "owner"),
    [("2026-12-30", 60, "sales"), ("2026-12-29", 61, "marketing")],
)
def test_35_sales_keeps_a_callback_of_sixty_days(
    world, answer, asked_on, horizon, owner
):
    known(world, "soon", "2026-12-28 09:00")
    asks_for_demo(world, "soon", "2026-12-28 10:00")
    world.assign("soon", "sam", at=f"{asked_on} 10:30")
    world.reject("soon", "R05", at=f"{asked_on} 11:00", callback_months=2)
    answers = answer()

    assert answers.commitments[0].commitment.horizon_days == horizon
    assert owner_of(answers, "soon", "2027-02-01 12:00")[0] == owner
    assert len(handovers_of(answers, "soon", TO_MARKETING)) == (
        1 if owner == "sales" else 2
    )


def test_37_competitor_stays_out_and_a_student_comes_back(world, answer):
    domain = mapping("competitor_domains")[0]["domain"]
    world.contact("spy", f"spy@{domain}", at="2026-11-03 09:00", employees=120)
    world.form("demo_request", f"spy@{domain}", at="2026-11-04 10:00")
    known(world, "pupil", "2026-11-03 09:00", job_title=a_title("student"))
    world.form("gated_content", "pupil@firm-pupil.example", at="2026-11-04 10:00")
    asks_for_demo(world, "pupil", "2026-11-05 10:00")
    answers = answer()

    spy = answers.people[f"email:spy@{domain}"]
    stages = [event.stage for event in answers.stage_events if event.person_id == spy]
    assert stages == ["known", "disqualified"]
    assert stages_of(answers, "pupil") == [
        ("known", local("2026-11-03 09:00")),
        ("disqualified", local("2026-11-03 09:00")),
        ("inquiry", local("2026-11-05 10:00")),
    ]
    assert answers.mql_events == ()


def test_55_new_version_makes_an_mql_at_its_start(world, answer):
    known(world, "near", "2026-10-30 09:00")
    world.campaign("fair", "event")
    world.campaign_member("fair", lead="near", at="2026-11-01 10:00")
    world.email_event("CLICK", "near@firm-near.example", at="2026-11-01 11:00")
    world.assign("near", "sam", at="2026-11-02 00:00")
    world.task("near", by="sam", at="2026-11-02 09:30")
    answers = answer()

    (mql,) = answers.mql_events
    assert mql.occurred_at == local("2026-11-02 00:00")
    assert mql.trigger == "definition_change"
    assert mql.definition_version == "1.1.0"
    assert 60 <= mql.score.total < 62
    (handover,) = handovers_of(answers, "near")
    assert handover.limbo_business_minutes == 0
    assert not handover.is_premature
    assert handover.first_touch_business_minutes == 30


# Money


def a_deal(world: Exports, name: str, at: str, **columns: Any) -> None:
    """An opportunity of somebody known, under their name."""
    world.crm_contact(name, f"{name}@firm-{name}.example", at=at)
    world.opportunity(name, at=at, contacts=(name,), **columns)


def booked(answers: Answers) -> list[tuple[str, str, int]]:
    return [
        (booking.kind, booking.booked_on.isoformat(), booking.cents)
        for bookings in answers.journeys.bookings().values()
        for booking in bookings
    ]


def test_amounts_go_at_the_rate_of_their_own_day(world, answer):
    known(world, "brit", "2026-11-03 09:00")
    a_deal(world, "brit", "2026-11-10 10:00")
    world.opportunity_change("brit", "won", at="2026-11-20 15:00")
    contract = world.contract("brit", on="2026-11-20", amount="100.05", currency="GBP")
    world.credit_note(contract, on="2026-11-25", amount="0.05", currency="USD")
    world.credit_note(contract, on="2026-11-25", amount="-10.00")
    for day, rate in (("19", "1.50"), ("20", "1.10"), ("21", "1.50")):
        world.fx_rate(f"2026-11-{day}", "GBP", rate)
    world.fx_rate("2026-11-25", "USD", "0.9")
    world.export("2026-11-26 06:00")
    world.fx_rate("2026-11-20", "GBP", "1.3")
    world.opportunity_change("brit", "open", at="2026-12-01 00:30")

    # Half a cent of the dollar goes away from zero; what is left goes back.
    assert booked(answer()) == [
        ("contract", "2026-11-20", 13_007),
        ("refund", "2026-11-25", -5),
        ("refund", "2026-11-25", -1_000),
        ("reversal", "2026-12-01", -12_002),
    ]


def test_43_pound_without_the_rate_of_its_day_is_no_number(world, answer):
    known(world, "brit", "2026-11-03 09:00")
    a_deal(world, "brit", "2026-11-10 10:00")
    world.contract("brit", on="2026-11-20", currency="GBP")
    world.fx_rate("2026-11-19", "GBP", "1.2")
    answers = answer()

    with pytest.raises(NoRateError, match="GBP on 2026-11-20"):
        answers.journeys.bookings()


def test_pipeline_is_the_first_amount_at_the_newest_rate(world, answer):
    known(world, "brit", "2026-11-03 09:00")
    world.email_event("CLICK", "brit@firm-brit.example", at="2026-11-05 09:00")
    a_deal(world, "brit", "2026-11-10 10:00", amount="", currency="GBP")
    world.opportunity_change("brit", "open", at="2026-11-11 10:00", amount="50.00")
    world.opportunity_change("brit", "open", at="2026-11-12 10:00", amount="900.00")
    world.email_event("CLICK", "brit@firm-brit.example", at="2026-11-15 09:00")
    world.fx_rate("2026-11-10", "GBP", "1.1")
    world.fx_rate("2027-03-31", "GBP", "1.2")
    world.fx_rate("2027-04-02", "GBP", "1.3")

    credits = list(answer().journeys.pipeline_credits())
    assert {credit.attribution_model for credit in credits} >= {"linear", "last"}
    assert {(credit.touch_number, credit.cents) for credit in credits} == {(1, 6_000)}


def test_contract_of_what_the_crm_calls_lost_is_revenue_and_no_win(world, answer):
    known(world, "ann", "2026-11-03 09:00")
    a_deal(world, "ann", "2026-11-10 10:00")
    world.contract("ann", on="2026-11-19", amount="100.00")
    world.opportunity_change("ann", "lost", at="2026-11-20 10:00", reason="R06")
    answers = answer()

    assert [pass_.outcome for pass_ in passes_of(answers, "ann")] == ["lost", None]
    assert booked(answers) == [("contract", "2026-11-19", 10_000)]


def test_win_that_turns_out_to_be_a_duplicate_is_taken_back(world, answer):
    known(world, "ann", "2026-11-03 09:00")
    a_deal(world, "ann", "2026-11-10 10:00")
    world.opportunity_change("ann", "won", at="2026-11-20 10:00")
    world.contract("ann", on="2026-11-20", amount="100.00")
    world.opportunity_change("ann", "ignored", at="2026-11-25 10:00")
    answers = answer()

    assert booked(answers) == [
        ("contract", "2026-11-20", 10_000),
        ("reversal", "2026-11-25", -10_000),
    ]
    assert list(answers.journeys.pipeline_credits()) == []


def test_what_the_crm_calls_won_without_a_contract_is_open(world, answer):
    known(world, "ann", "2026-11-03 09:00")
    a_deal(world, "ann", "2026-11-10 10:00")
    world.opportunity_change("ann", "won", at="2026-11-20 10:00")
    answers = answer()

    (pass_,) = passes_of(answers, "ann")
    assert (pass_.outcome, list(pass_.entered_at)[-1]) == (None, "opportunity")
    assert booked(answers) == []


# What has happened by now. The last export is of 2027-04-01 at noon, UTC.


def test_signed_today_is_won_by_now(world, answer):
    known(world, "ann", "2027-03-03 09:00")
    world.crm_contact("ann", "ann@firm-ann.example", at="2027-03-03 10:00")
    world.opportunity("deal", at="2027-03-10 09:00", contacts=("ann",))
    world.contract("deal", on="2027-04-01")
    answers = answer()

    assert answers.as_of == datetime(2027, 4, 1, 12, tzinfo=UTC)
    assert stages_of(answers, "ann")[-1] == ("customer", answers.as_of)
    assert deal_of(answers, "deal").won_at == answers.as_of


def test_signed_tomorrow_is_held_back(world, answer):
    world.opportunity("deal", at="2027-03-10 09:00")
    world.contract("deal", on="2027-04-02")
    answers = answer()

    assert deal_of(answers, "deal").outcome == "open"
    (held_back,) = answers.quarantined
    assert held_back.reason == "occurred_after_export"


def test_promised_today_is_promised_by_now(world, answer):
    known(world, "ann", "2027-03-03 09:00")
    world.callback("ann", 2, at="2027-04-01T21:59:59Z")
    known(world, "bob", "2027-03-03 09:00")
    world.callback("bob", 2, at="2027-04-01T22:00:00Z")
    answers = answer()

    (promise,) = [answer.commitment for answer in answers.commitments]
    assert promise.person_id == answers.people["email:ann@firm-ann.example"]
    assert promise.requested_at == answers.as_of


def test_clock_that_runs_ahead_is_put_at_the_export(world, answer):
    known(world, "ann", "2027-04-01T12:05:00Z")
    answers = answer()

    assert stages_of(answers, "ann") == [("known", answers.as_of)]


# Whose deals


def deal_of(answers: Answers, name: str) -> DealAnswer:
    (deal,) = [
        deal
        for deal in answers.deals.answers()
        if deal.opportunity_id == salesforce_id("opportunity", name)
    ]
    return deal


def people_of(answers: Answers, name: str) -> set[str]:
    """The people of an opportunity, by the names of their contacts."""
    record = answers.opportunities.records[salesforce_id("opportunity", name)]
    found = answers.opportunities.people_of(record)
    return {
        key.removeprefix("sf_contact:003").lstrip("0")
        for key, person_id in answers.people.items()
        if key.startswith("sf_contact:") and person_id in found
    }


def test_deal_that_names_nobody_is_of_its_account_after_all_merges(world, answer):
    at = "2026-11-10 10:00:00"
    for account in ("first", "second", "third"):
        world.account(account, at="2026-11-02 09:00")
    for name, account, known_at in (
        ("ann", "first", "2026-11-03 09:00:00"),
        ("bob", "third", at),
        ("cas", "third", "2026-11-10 10:00:01"),
        ("dan", "other", "2026-11-03 09:00:00"),
    ):
        world.crm_contact(name, f"{name}@x.example", at=known_at, account=account)
    world.lead("ann", "ann@x.example", at="2026-11-03 09:00")
    world.assign("ann", "sam", at="2026-11-10 09:59:59")
    world.opportunity("alone", at=at, account="second")
    world.opportunity("named", at=at, account="second", contacts=("dan",))
    world.opportunity("outside", at=at, account="elsewhere")
    world.merge_accounts("second", "first", at="2026-12-01 10:00")
    world.merge_accounts("third", "second", at="2026-12-02 10:00")
    answers = answer()

    assert people_of(answers, "alone") == {"ann", "bob"}
    assert people_of(answers, "named") == {"dan"}
    assert people_of(answers, "outside") == set()
    alone = deal_of(answers, "alone")
    assert alone.account_id == salesforce_id("account", "third")
    assert alone.primary_person_id == answers.people["email:ann@x.example"]
    assert alone.person_count == 2
    assert deal_of(answers, "outside").primary_pass_id is None


def test_deal_that_no_export_has_is_of_who_was_converted_into_it(world, answer):
    known(world, "ann", "2026-11-03 09:00")
    world.form("demo_request", "ann@firm-ann.example", at="2026-11-04 09:00")
    world.convert("ann", on="2026-11-05", contact="ann", opportunity="unknown")
    world.contract("unknown", on="2026-11-10")
    credits = list(answer().journeys.credits())

    assert credits
    assert {credit.channel for credit in credits}.isdisjoint({"(unattributed)"})


def test_accounts_that_name_each_other_are_the_smallest_one(world, answer):
    for account in ("first", "second", "third"):
        world.account(account, at="2026-11-02 09:00")
    world.crm_contact("ann", "ann@x.example", at="2026-11-03 09:00", account="third")
    world.opportunity("round", at="2026-11-10 10:00", account="second")
    for winner, loser in (
        ("second", "first"),
        ("first", "second"),
        ("second", "third"),
    ):
        world.merge_accounts(winner, loser, at="2026-12-01 10:00")
    answers = answer()

    smallest = min(
        salesforce_id("account", account) for account in ("first", "second", "third")
    )
    assert deal_of(answers, "round").account_id == smallest
    assert people_of(answers, "round") == {"ann"}


def test_account_of_somebody_is_what_is_believed_first(world, answer):
    at = "2026-11-03 09:00"
    for account, website in (
        ("a", ""),
        ("b", "HTTPS://www.B.example:8080/en"),
        ("c", ""),
    ):
        world.account(account, at=at, Website=website)
    world.merge_accounts("c", "a", at="2026-11-04 09:00")
    world.lead("ann", "ann@b.example", at=at)
    world.crm_contact("ann", "ann@b.example", at=at, account="a")
    world.lead("bob", "bob@b.example", at=at)
    world.crm_contact("bob", "bob@b.example", at=at, account="unseen")
    world.lead("cas", "cas@b.example", at=at)
    world.convert("cas", on="2026-11-05", account="a")
    world.lead("dan", "dan@d.example", at=at)
    world.lead("eve", "eve@gmail.com", at=at)
    answers = answer()

    def account_of(email: str) -> str | None:
        return answers.accounts.get(answers.people[f"email:{email}"])

    assert account_of("ann@b.example") == salesforce_id("account", "c")
    assert account_of("bob@b.example") == salesforce_id("account", "b")
    assert account_of("cas@b.example") == salesforce_id("account", "c")
    assert account_of("dan@d.example") == hash_key("domain:d.example")
    assert account_of("eve@gmail.com") is None


def test_deal_moves_nobody_who_is_not_in_it(world, answer):
    for name in ("ann", "bob"):
        known(world, name, "2026-11-03 09:00")
        world.crm_contact(name, f"{name}@firm-{name}.example", at="2026-11-03 09:00")
    at = "2026-11-10 10:00"
    world.opportunity("roles", at=at, contacts=("ann",), has_primary=False)
    world.convert("bob", on="2026-11-10", opportunity="roles")
    answers = answer()

    assert people_of(answers, "roles") == {"ann"}
    assert (
        deal_of(answers, "roles").primary_person_id
        == answers.people["email:ann@firm-ann.example"]
    )


def test_deal_is_sourced_by_one_team_and_influenced_by_all_before_its_end(
    world, answer
):
    world.social("direct_message", "ann@firm-ann.example", at="2026-11-03 09:00")
    world.social(
        "comment", "ann@firm-ann.example", at="2026-11-03 09:00", identity="employee"
    )
    a_deal(world, "ann", "2026-11-10 10:00", amount="100.00", currency="GBP")
    world.social(
        "public_post",
        "ann@firm-ann.example",
        at="2026-11-20 10:00",
        identity="employee",
    )
    world.opportunity_change("ann", "lost", at="2026-11-20 10:00", reason="R06")
    world.email_event("CLICK", "ann@firm-ann.example", at="2026-11-20 10:01")
    world.fx_rate("2026-11-19", "GBP", "1.2")
    world.fx_rate("2026-11-21", "GBP", "1.5")

    deal = deal_of(answer(), "ann")
    assert deal.sourced_by == "marketing"
    assert deal.touch_counts == {"marketing": 2, "sales": 1}
    assert deal.assist_counts["sales"] == 1
    assert (deal.outcome, deal.closed_cents) == ("lost", 12_000)
    assert (deal.closed_on, deal.won_at) == (date(2026, 11, 20), None)


def test_each_booking_has_its_own_cents_of_each_touch(world, answer):
    known(world, "ann", "2026-11-03 09:00")
    for day in (4, 5, 6):
        world.email_event("CLICK", "ann@firm-ann.example", at=f"2026-11-0{day} 09:00")
    a_deal(world, "ann", "2026-11-10 10:00")
    world.opportunity_change("ann", "won", at="2026-11-20 10:00")
    contract = world.contract("ann", on="2026-11-20", amount="100.00")
    world.credit_note(contract, on="2026-11-25", amount="20.00")
    world.opportunity_change("ann", "lost", at="2026-12-01 10:00", reason="R06")

    cents: dict[str, list[int]] = {}
    for credit in answer().journeys.booking_credits():
        if credit.attribution_model == "linear":
            cents.setdefault(credit.booking.kind, []).append(credit.cents)
    assert cents == {
        "contract": [3_334, 3_333, 3_333],
        "refund": [-667, -667, -666],
        "reversal": [-2_667, -2_666, -2_667],
    }


def test_life_of_a_person_can_be_read(world, answer):
    known(world, "told", "2026-11-03 09:00")
    asks_for_demo(world, "told", "2026-11-03 10:00")
    world.assign("told", "sam", at="2026-11-03 10:30")
    answers = answer()

    life = life_of(answers, answers.people["email:told@firm-told.example"])
    assert "2026-11-03T09:00:00Z  response: known -> inquiry (pass 1)" in life
    assert "MQL by hand_raise" in life
    assert f"owner: sales {world.owner('sam')} (assigned)" in life
    assert "no decision" not in life.splitlines()[0]
