"""Nasty cases and the answer that each must get, read from the built marts.

All people of these cases live in one small world that is built once; a case is one
person (or two), named for the case. Times are Europe/Amsterdam unless they end in Z.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from conftest import Dbt, MakeDbt, failures
from exports_builder import Exports, mapping, salesforce_id, word

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOVEMBER = "2026-11-03 10:00"


def local(text: str) -> datetime:
    """An instant from its local text, `2026-11-03 10:00` with seconds if they count."""
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM)


def email(name: str) -> str:
    return f"{name}@firm-{name}.example"


def known(world: Exports, name: str, at: str, **fit: Any) -> None:
    """A HubSpot contact and Salesforce lead that fit well: 20 + 10 + 5 points."""
    world.contact(
        name, email(name), at=at, **({"employees": 120, "country": "NL"} | fit)
    )
    world.lead(name, email(name), at=at)


def hot(world: Exports, name: str, at: str = NOVEMBER, **fit: Any) -> None:
    """Somebody known who asks for a demo at that instant: an MQL by hand-raise."""
    known(world, name, at, **fit)
    world.form("demo_request", email(name), at=at)


def handed_over(world: Exports, name: str, at: str = NOVEMBER) -> None:
    """An MQL that sam accepts."""
    hot(world, name, at)
    day = at[:10]
    world.assign(name, "sam", at=f"{day} 10:30")
    world.task(name, by="sam", at=f"{day} 10:40")
    world.accept(name, by="sam", at=f"{day} 11:00")


def describe_the_merged(world: Exports) -> None:
    """Case 1, which needs an export that does not know the merge yet."""
    world.contact("anna", "anna@work.example", at=NOVEMBER, employees=120, country="NL")
    world.contact("ann", "anna@home.example", at=NOVEMBER, employees=120, country="NL")
    world.form("demo_request", "anna@work.example", at="2026-11-04 10:00")
    world.form("demo_request", "anna@home.example", at="2026-11-05 10:00")


def describe_the_undone(world: Exports) -> None:
    """Cases 40 and 49, which need an export that does not know yet how they end."""
    won(world, "undone", "2027-03-03 10:00", on="2027-03-10")
    won(world, "campaigned", "2026-12-03 10:00", on="2026-12-10")
    for campaign in ("renamed", "dropped"):
        world.campaign(campaign, "webinar", Name=f"{campaign} at first")
        world.campaign_member(campaign, lead="campaigned", at="2026-12-04 10:00")


def undo(world: Exports) -> None:
    """How they end."""
    world.opportunity_change("undone", "open", at="2027-03-12 10:00")
    world.opportunity_change("undone", "lost", at="2027-03-20 10:00", reason="R06")
    world.campaign("renamed", "webinar", Name="renamed since")
    world.remove("salesforce__campaign", "dropped")


def describe_people(world: Exports) -> None:
    """Everybody else of this module, case by case."""
    # 10: the acceptance reaches us five minutes before the assignment.
    hot(world, "lag", "2026-11-03 10:05")
    world.accept("lag", by="sam", at="2026-11-03 10:00:30")
    world.assign("lag", "sam", at="2026-11-03 10:05")
    hot(world, "inverted", "2026-11-03 09:30")
    world.accept("inverted", by="sam", at="2026-11-03 10:00")
    world.assign("inverted", "sam", at="2026-11-03 14:00")
    # 11: an import puts an inquiry straight to qualified.
    known(world, "imported", NOVEMBER)
    world.form("gated_content", email("imported"), at="2026-11-03 11:00")
    world.lead_event("imported", "qualified", at="2026-11-04 11:00")
    # 12: one second holds the inquiry and the MQL.
    hot(world, "second")
    # 13: A, B and C own it within one second.
    hot(world, "passedon", "2026-11-03 10:30")
    world.assign("passedon", "sam", at="2026-11-03 10:45")
    world.assign("passedon", "sales", at="2026-11-03 11:00")
    world.assign("passedon", "sue", at="2026-11-03 11:00")
    # 14: callbacks asked on the last days of October, in four months.
    for day in (28, 29, 30, 31):
        name = f"october{day}"
        handed_over(world, name, "2026-10-20 10:00")
        world.callback(name, 4, at=f"2026-10-{day} 10:00")
        world.recycle(name, "R05", at=f"2026-10-{day} 10:00", by="sam")
    # 17: over the weekend.
    hot(world, "weekend", "2026-11-20 16:40")
    world.assign("weekend", "sam", at="2026-11-20 16:45")
    world.task("weekend", by="sam", at="2026-11-23 09:30")
    # 20: the rep called half an hour before the lead was his.
    hot(world, "calledbefore", "2026-11-03 10:00")
    world.task("calledbefore", by="sam", at="2026-11-03 10:15")
    world.assign("calledbefore", "sam", at="2026-11-03 10:45")
    # 21: a local time without offset that the clock shows twice, and one it never does.
    for name, at in (("twice", "2026-10-25T02:30"), ("never", "2027-03-28T02:30")):
        world.contact(name, email(name), at="2026-10-01 10:00")
        world.social("comment", email(name), at=f"raw:{at}")
    # 22: the last hour of October in UTC is November in Amsterdam.
    hot(world, "newmonth", "2026-10-31T23:30:00Z")
    # 26: recycled and back.
    handed_over(world, "returned", "2026-11-03 10:00")
    world.recycle("returned", "R06", at="2027-02-01 10:00", by="sam")
    world.form("gated_content", email("returned"), at="2027-03-10 10:00")
    world.form("demo_request", email("returned"), at="2027-03-12 10:00")
    # 28: a rep's own deal; marketing's points cross the line later.
    world.lead(
        "owndeal",
        email("owndeal"),
        at=NOVEMBER,
        employees=120,
        owner="sam",
        by="sam",
        status=word(
            "crm_lead_status_events",
            "to_value",
            field="Status",
            event="sales_generated",
        ),
    )
    world.account("owndeal", at=NOVEMBER)
    world.crm_contact(
        "owndeal", email("owndeal"), at="2026-11-04 10:00", account="owndeal"
    )
    world.opportunity(
        "owndeal", at="2026-11-05 10:00", account="owndeal", contacts=("owndeal",)
    )
    world.form("gated_content", email("owndeal"), at="2026-11-06 10:00")
    world.form("demo_request", email("owndeal"), at="2026-11-20 10:00")
    world.opportunity_change("owndeal", "won", at="2026-11-12 10:00")
    world.contract("owndeal", on="2026-11-12")
    # 30: nobody decides.
    hot(world, "undecided", "2026-11-20 16:40")
    world.assign("undecided", "sam", at="2026-11-20 16:45")
    # 31: three owners, one customer clock.
    hot(world, "rerouted", "2026-11-03 10:00")
    world.assign("rerouted", "sam", at="2026-11-03 10:30")
    world.assign("rerouted", "sue", at="2026-11-03 11:30")
    world.assign("rerouted", "sam", at="2026-11-03 12:30")
    world.assign("rerouted", "sue", at="2026-11-03 13:30")
    world.task("rerouted", by="sue", at="2026-11-03 14:00")
    world.accept("rerouted", by="sue", at="2026-11-03 15:00")
    hot(world, "misrouted", "2026-11-03 10:00")
    world.assign("misrouted", "sam", at="2026-11-03 10:30")
    world.reject("misrouted", "R11", at="2026-11-03 11:30", by="sam")
    world.assign("misrouted", "sue", at="2026-11-03 12:30")
    world.accept("misrouted", by="sue", at="2026-11-03 15:00")
    # 32: the owner leaves.
    world.user("leaver", "sales")
    hot(world, "orphan", "2026-11-03 10:00")
    world.assign("orphan", "leaver", at="2026-11-03 10:30")
    world.accept("orphan", by="leaver", at="2026-11-03 11:00")
    # 35: two months from 30 December are 60 days, from 30 November 61.
    for name, day in (("athorizon", "2026-12-30"), ("pasthorizon", "2026-11-30")):
        handed_over(world, name, "2026-11-03 10:00")
        world.callback(name, 2, at=f"{day} 10:00")
        world.recycle(name, "R05", at=f"{day} 10:00", by="sam")
    # 37: a competitor and a student raise their hands.
    rival = "rival@" + mapping("competitor_domains")[0]["domain"]
    world.contact("rival", rival, at=NOVEMBER, employees=120, country="NL")
    world.form("demo_request", rival, at="2026-11-04 10:00")
    world.contact(
        "student",
        email("student"),
        at=NOVEMBER,
        employees=120,
        country="NL",
        job_title="Student",
    )
    world.form("demo_request", email("student"), at="2026-11-04 10:00")
    # 38: a customer asks for more.
    won(world, "more", "2026-11-03 10:00", on="2026-11-10")
    world.form("contact_request", email("more"), at="2027-01-12 10:00")
    # 39: five colleagues, one deal, and nobody else who comes in February.
    world.account("five", at="2027-02-03 10:00")
    for number in range(1, 6):
        name = f"five{number}"
        hot(world, name, "2027-02-03 10:00")
        world.crm_contact(name, email(name), at="2027-02-03 10:00", account="five")
    world.opportunity(
        "five",
        at="2027-02-10 10:00",
        account="five",
        contacts=tuple(f"five{number}" for number in range(1, 6)),
    )
    # 42: two thousand back after three months.
    contract = won(world, "refunded", "2026-12-03 10:00", on="2026-12-10")
    world.credit_note(contract, on="2027-03-10", amount="2000.00")
    # 46: two people object to being profiled: one an MQL already, one about to be.
    industry = mapping("target_industries")[0]["industry"]
    hot(world, "objector", "2027-03-01 10:00")
    known(world, "unscored", "2027-03-01 10:00", industry=industry)
    # A third does the same and does not object.
    known(world, "scored", "2027-03-01 10:00", industry=industry)
    for name in ("objector", "unscored"):
        world.consent("profiling", "objected", email=email(name), at="2027-03-10 14:00")
    for name in ("objector", "unscored", "scored"):
        world.campaign(f"of{name}", "webinar")
        world.campaign_member(f"of{name}", lead=name, at="2027-03-15 10:00")
        world.email_event("CLICK", email(name), at="2027-03-15 11:00")
        world.form("gated_content", email(name), at="2027-03-15 12:00")
    world.form("demo_request", email("unscored"), at="2027-03-18 10:00")
    # 55: the line moves from 65 to 60 on 2 November 2026. Fit is 40, the webinar and
    # a click are worth 22 at once, and 20.66 when the line moves.
    known(
        world,
        "linemoved",
        "2026-10-29 10:00",
        country="",
        industry=mapping("target_industries")[0]["industry"],
    )
    world.campaign("linemoved", "webinar")
    world.campaign_member("linemoved", lead="linemoved", at="2026-10-30 12:00")
    world.email_event("CLICK", email("linemoved"), at="2026-10-30 12:00")
    world.assign("linemoved", "sam", at="2026-11-02 00:00")
    # 2: spellings of one address, and addresses that only look alike.
    world.contact("case1", "Case@Spelling.example", at=NOVEMBER)
    world.contact("case2", "case@spelling.example\u00a0", at=NOVEMBER)
    world.contact("accent1", "ren\u00e9@spelling.example", at=NOVEMBER)
    world.contact("accent2", "rene\u0301@spelling.example", at=NOVEMBER)
    world.contact("plus1", "jan+news@plus.example", at=NOVEMBER)
    world.contact("plus2", "jan@plus.example", at=NOVEMBER)
    # 9: a free mailbox with a company's name.
    world.contact("free", "free.person@gmail.com", at=NOVEMBER, company="Firm BV")


def won(world: Exports, name: str, at: str, on: str) -> str:
    """A handed over lead whose deal is signed; the contract."""
    handed_over(world, name, at)
    world.account(name, at=at)
    world.crm_contact(name, email(name), at=at, account=name)
    world.opportunity(name, at=f"{at[:10]} 15:00", account=name, contacts=(name,))
    world.opportunity_change(name, "won", at=f"{on} 12:00")
    return world.contract(name, on=on)


class Marts:
    """The built marts, asked by the e-mail address of a case."""

    def __init__(self, dbt: Dbt) -> None:
        self.dbt = dbt

    def of(self, mart: str, address: str, order: str) -> list[dict[str, Any]]:
        """Rows of a mart about the person with an address, in order."""
        return self.dbt.rows(
            f"""
            select facts.*
            from marts.{mart} as facts
            inner join marts.dim_people as people
                on facts.person_id = people.person_id
            where people.email = '{address}'
            order by {order}
            """
        )

    def of_deal(self, mart: str, name: str) -> list[dict[str, Any]]:
        """Rows of a mart about the opportunity of a case."""
        opportunity_id = salesforce_id("opportunity", name)[:15]
        return self.dbt.rows(
            f"select * from marts.{mart} where opportunity_id = '{opportunity_id}'"
        )

    def passes(self, name: str) -> list[dict[str, Any]]:
        return self.of("fct_funnel", email(name), "pass_number")

    def only_pass(self, name: str) -> dict[str, Any]:
        (only,) = self.passes(name)
        return only

    def handovers(self, name: str) -> list[dict[str, Any]]:
        rows = self.of("fct_handovers", email(name), "assigned_at, handover_id")
        return [row for row in rows if row["direction"] == "marketing_to_sales"]

    def owners(self, name: str) -> list[dict[str, Any]]:
        return self.of("fct_ownership_periods", email(name), "valid_from")

    def commitment(self, name: str) -> dict[str, Any]:
        (only,) = self.of("fct_commitments", email(name), "due_at")
        return only


@pytest.fixture(scope="module")
def world_folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Exports with every case, and a merge that an earlier export does not know."""
    world = Exports()
    describe_the_merged(world)
    world.export("2027-02-09T06:00:00Z")
    describe_the_undone(world)
    world.export("2027-03-11T06:00:00Z")
    undo(world)
    describe_people(world)
    world.merge_contacts("anna", "ann", at="2027-02-10 10:00")
    world.user("leaver", "sales", is_active=False, modified_at="2027-03-03 00:00")
    return world.write(tmp_path_factory.mktemp("scenarios"))


@pytest.fixture(scope="module")
def marts(make_dbt: MakeDbt, world_folder: Any) -> Marts:
    """The marts as of 1 April 2027."""
    dbt = make_dbt(exports_dir=world_folder)
    dbt("build", "--exclude-resource-type", "unit_test")
    return Marts(dbt)


def test_scenario_10_acceptance_ahead_of_its_assignment_is_repaired(
    marts: Marts,
) -> None:
    lag = marts.only_pass("lag")
    assert lag["sal_at"] == local("2026-11-03 10:05")
    (handover,) = marts.handovers("lag")
    assert handover["decision"] == "accepted"
    assert handover["decision_business_minutes"] == 0
    events = marts.of("fct_stage_events", email("lag"), "occurred_at, stage")
    assert [row["stage"] for row in events if row["is_repaired"]] == ["sal"]


def test_scenario_10_acceptance_hours_ahead_is_quarantined(marts: Marts) -> None:
    inverted = marts.passes("inverted")[0]
    assert inverted["sal_at"] is None
    assert inverted["assigned_at"] == local("2026-11-03 14:00")
    reasons = marts.dbt.sql(
        "select count(*) from marts.quarantined_rows"
        " where reason = 'accepted_without_handover'"
    )
    assert reasons == [(1,)]


def test_scenario_11_skipped_stages_are_null_and_flagged(marts: Marts) -> None:
    imported = marts.only_pass("imported")
    assert imported["mql_at"] is None
    assert imported["sal_at"] is None
    assert imported["sql_at"] == local("2026-11-04 11:00")
    assert (imported["skipped_mql"], imported["skipped_sal"]) == (True, True)
    assert (imported["reached_mql"], imported["reached_sal"]) == (True, True)
    assert marts.handovers("imported") == []


def test_scenario_12_two_moves_in_one_second_keep_their_order(marts: Marts) -> None:
    events = marts.of("fct_stage_events", email("second"), "occurred_at")
    at_once = [row for row in events if row["occurred_at"] == local(NOVEMBER)]
    assert {row["stage"] for row in at_once} == {"known", "inquiry", "mql"}
    periods = marts.of("fct_stage_periods", email("second"), "valid_from")
    assert "inquiry" not in {row["stage"] for row in periods}


def test_scenario_13_an_owner_of_no_time_owns_nothing(marts: Marts) -> None:
    periods = [
        (row["valid_from"], row["owner_user_id"])
        for row in marts.owners("passedon")
        if row["owner_team"] == "sales"
    ]
    assert [start for start, _ in periods[:2]] == [
        local("2026-11-03 10:45"),
        local("2026-11-03 11:00"),
    ]
    assert [user[-3:] for _, user in periods[:2]] == ["sam", "sue"]
    assert marts.handovers("passedon")[0]["transfer_count"] == 2


@pytest.mark.parametrize("day", [28, 29, 30, 31])
def test_scenario_14_four_months_from_late_october_is_the_first_of_march(
    marts: Marts, day: int
) -> None:
    commitment = marts.commitment(f"october{day}")
    assert commitment["due_at"] == local("2027-03-01 09:00")
    first, second = marts.passes(f"october{day}")[:2]
    assert (first["outcome"], first["outcome_reason"]) == ("recycled", "R05")
    assert second["entry_reason"] == "callback_due"
    assert second["mql_at"] == local("2027-03-01 09:00")
    (waiting,) = [
        row
        for row in marts.owners(f"october{day}")
        if row["valid_from"] == local(f"2026-10-{day} 10:00")
    ]
    assert waiting["owner_team"] == "marketing"
    assert waiting["valid_to"] == local("2027-03-01 09:00")
    (callback,) = [
        row for row in marts.handovers(f"october{day}") if row["tier"] == "promise"
    ]
    assert callback["assigned_at"] == local("2027-03-01 09:00")


def test_scenario_17_minutes_over_a_weekend(marts: Marts) -> None:
    handover = marts.handovers("weekend")[0]
    assert handover["tier"] == "hot"
    assert handover["first_touch_business_minutes"] == 75
    assert handover["first_touch_clock_minutes"] == 3885
    assert handover["is_first_touch_met"] is False


def test_scenario_20_a_call_before_the_assignment_is_no_negative_time(
    marts: Marts,
) -> None:
    handover = marts.handovers("calledbefore")[0]
    assert handover["is_pre_contact"] is True
    assert handover["first_touch_business_minutes"] == 0
    assert handover["is_first_touch_met"] is True


def test_scenario_21_a_time_in_doubt_is_read_by_rule_and_flagged(
    marts: Marts,
) -> None:
    doubts = marts.dbt.sql(
        "select reason, raw_value, is_fault from marts.quarantined_rows"
        " where source_table = 'interactions' order by raw_value"
    )
    assert doubts == [
        ("occurred_at_ambiguous", "2026-10-25T02:30", False),
        ("occurred_at_nonexistent", "2027-03-28T02:30", False),
    ]
    for name in ("twice", "never"):
        (touch,) = marts.of("fct_touches", email(name), "occurred_at")
        day = "2026-10-25" if name == "twice" else "2027-03-28"
        assert touch["occurred_at"].isoformat() == f"{day}T01:30:00+00:00"


def test_scenario_22_the_local_month_counts(marts: Marts) -> None:
    months = marts.dbt.sql(
        f"""
        select dates.month_start_date
        from marts.fct_funnel as funnel
        inner join marts.dim_people as people using (person_id)
        inner join marts.dim_dates as dates
            on dates.date_day
            = cast(timezone('Europe/Amsterdam', funnel.mql_at) as date)
        where people.email = '{email("newmonth")}'
        """
    )
    assert [str(month) for (month,) in months] == ["2026-11-01"]


def test_scenario_26_a_return_is_a_new_pass(marts: Marts) -> None:
    first, second = marts.passes("returned")
    assert (first["outcome"], first["outcome_reason"]) == ("recycled", "R06")
    assert first["closed_at"] == local("2027-02-01 10:00")
    assert second["inquiry_at"] == local("2027-03-10 10:00")
    assert second["mql_at"] == local("2027-03-12 10:00")


def test_scenario_28_a_reps_own_deal_is_no_mql(marts: Marts) -> None:
    own = marts.passes("owndeal")[0]
    assert own["mql_at"] is None
    assert own["entry_reason"] == "sales_generated"
    assert own["sourced_by"] == "sales"
    assert own["outcome"] == "won"
    assert own["booked_amount_eur"] == 12000


def test_scenario_28_its_revenue_is_sourced_by_sales_and_influenced_by_marketing(
    marts: Marts,
) -> None:
    (own,) = marts.of_deal("fct_opportunities", "owndeal")
    assert own["sourced_by"] == "sales"
    assert own["is_marketing_influenced"] is True
    assert own["marketing_touch_count"] == 1, "what came after the close is none"
    assert own["is_sales_influenced"] is False

    # The other deal of the month is that of case 38, which marketing brought in.
    november = {
        row["team"]: row
        for row in marts.dbt.rows(
            "select * from marts.rpt_sourcing where signed_month = '2026-11-01'"
        )
    }
    assert november["sales"]["booked_eur"] == 12000
    assert november["sales"]["sourced_share"] == Decimal("0.5")
    assert november["marketing"]["sourced_share"] == Decimal("0.5")
    assert november["marketing"]["influenced_eur"] == 24000
    assert november["marketing"]["influenced_share"] == 1
    assert november["sales"]["influenced_eur"] == 0


def test_scenario_30_an_undecided_handover_lapses_on_the_fifth_day(
    marts: Marts,
) -> None:
    handover = marts.handovers("undecided")[0]
    assert handover["decision"] == "expired"
    assert handover["decided_at"] == local("2026-11-27 17:30")
    assert handover["is_decision_met"] is False
    (sales,) = [
        row for row in marts.owners("undecided") if row["owner_team"] == "sales"
    ]
    assert sales["valid_to"] == local("2026-11-27 17:30")


def test_scenario_31_the_customers_clock_runs_through_changes_of_owner(
    marts: Marts,
) -> None:
    (handover,) = marts.handovers("rerouted")
    assert handover["transfer_count"] == 3
    assert handover["first_touch_business_minutes"] == 210
    first, second = marts.handovers("misrouted")
    assert (first["decision"], first["reason_code"]) == ("rejected", "R11")
    assert second["decision"] == "accepted"
    assert first["pass_id"] == second["pass_id"]


def test_scenario_32_leads_of_a_leaver_go_to_the_queue(marts: Marts) -> None:
    owners = [row for row in marts.owners("orphan") if row["owner_team"] == "sales"]
    assert owners[-1]["valid_from"] == local("2027-03-03 00:00")
    assert owners[-1]["change_reason"] == "user_deactivated"
    assert owners[-1]["owner_user_id"].startswith("00G")
    assert owners[-2]["valid_to"] == owners[-1]["valid_from"]


def test_scenario_35_sixty_days_stay_with_sales_and_sixty_one_do_not(
    marts: Marts,
) -> None:
    near = marts.commitment("athorizon")
    far = marts.commitment("pasthorizon")
    assert (near["horizon_days"], far["horizon_days"]) == (60, 61)
    assert len(marts.passes("athorizon")) == 1
    assert marts.passes("pasthorizon")[0]["outcome"] == "recycled"
    after = [
        row["owner_team"]
        for row in marts.owners("pasthorizon")
        if row["valid_from"] == local("2026-11-30 10:00")
    ]
    assert after == ["marketing"]


def test_scenario_37_a_hand_raise_reopens_a_student_but_no_competitor(
    marts: Marts,
) -> None:
    rival = marts.of(
        "fct_funnel",
        "rival@" + mapping("competitor_domains")[0]["domain"],
        "pass_number",
    )
    assert [row["current_stage"] for row in rival] == ["disqualified"]
    student = marts.passes("student")
    assert student[-1]["current_stage"] == "inquiry"
    assert student[-1]["mql_at"] is None


def test_scenario_38_a_customers_next_request_is_an_expansion(marts: Marts) -> None:
    first, second = marts.passes("more")
    assert (first["pass_type"], first["outcome"]) == ("new_business", "won")
    assert second["pass_type"] == "expansion"
    assert second["inquiry_at"] == local("2027-01-12 10:00")


def test_scenario_39_a_deal_of_five_colleagues_moves_one_pass(marts: Marts) -> None:
    passes = [marts.passes(f"five{number}")[0] for number in range(1, 6)]
    assert all(row["mql_at"] is not None for row in passes)
    assert [row["opportunity_at"] is not None for row in passes] == [True] + [False] * 4


def test_scenario_39_both_grains_are_published_and_never_divided(
    marts: Marts,
) -> None:
    (group,) = marts.of_deal("fct_buying_groups", "five")
    assert (group["person_count"], group["supporting_person_count"]) == (5, 4)
    assert group["mql_person_count"] == 5
    assert group["opportunity_person_count"] == 1

    (month,) = marts.dbt.rows(
        "select * from marts.rpt_account_funnel where cohort_month = '2027-02-01'"
    )
    assert (month["account_count"], month["person_count"]) == (1, 5)
    assert month["mql_account_count"] == 1
    assert month["opportunity_account_count"] == 1
    assert month["mql_to_opportunity_account_rate"] == 1
    assert month["mql_to_opportunity_person_rate"] == Decimal("0.2")


def test_scenario_55_a_lower_line_makes_an_mql_at_its_first_instant(
    marts: Marts,
) -> None:
    moved = marts.passes("linemoved")[0]
    assert moved["mql_at"] == local("2026-11-02 00:00")
    assert moved["mql_trigger"] == "definition_change"
    assert moved["definition_version"] == "1.1.0"
    (handover,) = marts.handovers("linemoved")[:1]
    assert handover["is_premature"] is False
    assert handover["is_out_of_hours"] is True
    assert handover["first_touch_due_at"] == local("2026-11-02 13:00")


def test_scenario_1_a_merge_counts_from_the_export_that_tells_it(
    marts: Marts, make_dbt: MakeDbt, world_folder: Any
) -> None:
    def people(dbt: Dbt) -> list[tuple[Any, ...]]:
        return dbt.sql(
            """
            select count(distinct person_id), count(distinct pass_id)
            from marts.fct_funnel
            where mql_at is not null and person_id in (
                select person_id from intermediate.int_identity_keys
                where key_value in ('anna@work.example', 'anna@home.example')
            )
            """
        )

    assert people(marts.dbt) == [(1, 1)]
    before = make_dbt(exports_dir=world_folder, as_of="2027-02-09T12:00:00Z")
    before("build", "--exclude-resource-type", "unit_test", "test")
    assert people(before) == [(2, 2)]


def test_scenario_2_spellings_of_an_address_are_one_person(marts: Marts) -> None:
    persons = dict(
        marts.dbt.sql(
            "select identity_key, person_id from intermediate.int_identity_keys"
            " where key_kind = 'hubspot'"
        )
    )
    assert persons["hubspot:hs-case1"] == persons["hubspot:hs-case2"]
    assert persons["hubspot:hs-accent1"] == persons["hubspot:hs-accent2"]
    assert persons["hubspot:hs-plus1"] != persons["hubspot:hs-plus2"]


def test_scenario_9_a_free_mailbox_makes_no_account(marts: Marts) -> None:
    accounts = marts.of("fct_funnel", "free.person@gmail.com", "pass_number")
    assert [row["account_id"] for row in accounts] == [None]


def test_scenario_40_a_win_that_is_undone_goes_back_on_the_day_it_was(
    marts: Marts, make_dbt: MakeDbt, world_folder: Any
) -> None:
    def bookings(told: Marts) -> list[tuple[Any, ...]]:
        return told.dbt.sql(
            "select kind, booked_on, amount_eur from marts.fct_bookings"
            " where opportunity_id like '%undone' order by booked_on"
        )

    day_after = Marts(make_dbt(exports_dir=world_folder, as_of="2027-03-11T12:00:00Z"))
    day_after.dbt(
        *("build", "--exclude-resource-type", "unit_test", "test"),
        *("--select", "+fct_bookings", "+dim_people"),
    )
    won_then = day_after.only_pass("undone")
    assert (won_then["outcome"], won_then["booked_amount_eur"]) == ("won", 12000)
    assert bookings(day_after) == [("contract", date(2027, 3, 10), 12000)]

    lost, nurtured = marts.passes("undone")
    assert lost["pass_id"] == won_then["pass_id"]
    assert (lost["outcome"], lost["outcome_reason"]) == ("lost", "R06")
    assert lost["closed_at"] == local("2027-03-20 10:00")
    assert lost["reached_customer"] is False
    assert (nurtured["pass_number"], nurtured["current_stage"]) == (2, "nurture")
    assert bookings(marts) == [
        ("contract", date(2027, 3, 10), 12000),
        ("reversal", date(2027, 3, 12), -12000),
    ]


def test_scenario_42_a_refund_counts_in_its_own_month_and_undoes_no_win(
    marts: Marts,
) -> None:
    booked = marts.dbt.sql(
        "select kind, booked_month, amount_eur from marts.fct_bookings"
        " where opportunity_id like '%refunded' order by booked_month"
    )
    assert booked == [
        ("contract", date(2026, 12, 1), 12000),
        ("refund", date(2027, 3, 1), -2000),
    ]
    assert marts.only_pass("refunded")["outcome"] == "won"
    (deal,) = marts.dbt.rows(
        "select * from marts.fct_opportunities where opportunity_id like '%refunded'"
    )
    assert (deal["outcome"], deal["closed_amount_eur"]) == ("won", 12000)
    assert deal["booked_amount_eur"] == 10000
    credits = marts.dbt.sql(
        "select attribution_model, sum(credit_eur) from marts.fct_booking_credits"
        " where opportunity_id like '%refunded' and kind = 'refund'"
        " group by attribution_model"
    )
    assert credits
    assert {credit for _, credit in credits} == {-2000}


def test_scenario_43_a_day_without_a_rate_stops_the_build_and_is_named(
    make_dbt: MakeDbt, tmp_path: Path
) -> None:
    world = Exports()
    world.opportunity("pounds", at="2026-11-02 10:00", currency="GBP")
    world.contract("pounds", on="2026-11-12", currency="GBP")
    world.fx_rate("2026-11-11", "GBP", "1.16")
    world.fx_rate("2026-11-13", "GBP", "1.17")
    dbt = make_dbt(exports_dir=world.write(tmp_path))
    outcome = dbt(
        *("build", "--exclude-resource-type", "unit_test", "test"),
        *("--select", "+int_bookings"),
        ok=False,
    )
    (failed,) = failures(outcome)
    assert "int_bookings" in failed
    assert "There is no rate to the euro for GBP on 2026-11-12" in failed


def test_scenario_46_who_objects_to_profiling_has_no_points_and_may_still_ask(
    marts: Marts,
) -> None:
    objected_at = local("2027-03-10 14:00")
    for name in ("objector", "unscored"):
        scores = marts.of("fct_scores", email(name), "evaluated_at")
        after = [row for row in scores if row["evaluated_at"] >= objected_at]
        assert after
        for row in after:
            assert (
                *(row["fit_points"], row["behaviour_points"], row["total_points"]),
                *(row["fit_grade"], row["behaviour_grade"]),
            ) == (None,) * 5
        passes = ", ".join(f"'{row['pass_id']}'" for row in marts.passes(name))
        (last,) = marts.dbt.sql(
            "select max(evaluated_at) from marts.fct_score_points"
            f" where pass_id in ({passes})"
        )[0]
        assert last < objected_at

    existing = marts.passes("objector")[0]
    assert existing["mql_at"] == local("2027-03-01 10:00")
    asked = marts.passes("unscored")[0]
    scored = marts.passes("scored")[0]
    assert scored["mql_trigger"] == "score"
    assert scored["mql_at"] <= local("2027-03-15 12:00")
    assert asked["inquiry_at"] == local("2027-03-15 10:00")
    assert asked["mql_at"] == local("2027-03-18 10:00")
    assert asked["mql_trigger"] == "hand_raise"
    assert (asked["fit_points"], asked["behaviour_points"]) == (None, None)


def test_scenario_49_a_campaign_keeps_its_name_at_the_time_and_its_credit(
    marts: Marts,
) -> None:
    versions = marts.dbt.sql(
        "select campaign_id, campaign_name, is_deleted, valid_from"
        " from marts.dim_campaign_versions"
        " where campaign_name like 'renamed%' or campaign_name like 'dropped%'"
        " order by campaign_id, version_number"
    )
    dropped, renamed = versions[0][0], versions[-1][0]
    told_at = datetime.fromisoformat("2027-04-01T12:00:00+00:00")
    assert versions == [
        (dropped, "dropped at first", False, None),
        (dropped, "dropped at first", True, told_at),
        (renamed, "renamed at first", False, None),
        (renamed, "renamed since", False, told_at),
    ]
    now = marts.dbt.sql(
        "select campaign_name, is_deleted from marts.dim_campaigns"
        f" where campaign_id in ('{dropped}', '{renamed}') order by campaign_name"
    )
    assert now == [("dropped at first", True), ("renamed since", False)]
    for model, credited, of_both in marts.dbt.sql(
        f"""
        select
            attribution_model,
            sum(credit_eur),
            sum(credit_eur) filter (
                where campaign_id in ('{dropped}', '{renamed}')
            )
        from marts.fct_touch_credits
        where opportunity_id like '%campaigned'
        group by attribution_model
        """
    ):
        assert credited == 12000, model
        if model == "linear":
            assert of_both > 0
