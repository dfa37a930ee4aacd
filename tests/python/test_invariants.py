"""Every invariant between models finds the fault that it is there for.

The SQL of each test, as dbt compiles it, runs on a copy of the built demo: once as it
is, where it may find nothing, and once with a row removed, doubled or changed, where it
must find something. Each fault is rolled back, so no test sees that of another.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
import yaml

from conftest import PROJECT, MakeDbt

INVARIANTS = PROJECT / "tests" / "_invariants.yml"


def one_of(table: str, key: str, condition: str = "true") -> str:
    """The condition that picks one row of a mart, the same at every run."""
    return (
        f"{key} = (select min({key}) from marts.{table} where {condition})"
        f" and {condition}"
    )


FAULTS: dict[str, dict[str, str]] = {
    "assert_everyone_has_an_owner": {
        "a lost period": (
            "delete from marts.fct_ownership_periods where "
            + one_of("fct_ownership_periods", "ownership_period_id")
        ),
        "an end that nothing follows": (
            "update marts.fct_ownership_periods set valid_to = valid_from"
            " + interval 1 second where "
            + one_of("fct_ownership_periods", "ownership_period_id", "valid_to is null")
        ),
        "a person whom nobody owns": (
            "delete from marts.fct_ownership_periods where person_id = (select"
            " min(person_id) from marts.dim_people where not is_erased)"
        ),
        "a person known before anyone was accountable": (
            "update marts.dim_people set known_at = known_at - interval 1 second where "
            + one_of("dim_people", "person_id", "not is_erased")
        ),
    },
    "assert_nobody_has_two_owners": {
        "an end one second late": (
            "update marts.fct_ownership_periods set valid_to = valid_to"
            " + interval 1 second where "
            + one_of(
                "fct_ownership_periods", "ownership_period_id", "valid_to is not null"
            )
        ),
        "a doubled period": (
            "insert into marts.fct_ownership_periods by name select * replace"
            " ('doubled' as ownership_period_id) from marts.fct_ownership_periods"
            " where " + one_of("fct_ownership_periods", "ownership_period_id")
        ),
    },
    "assert_owner_follows_from_the_stage": {
        "the other team": (
            "update marts.fct_ownership_periods set owner_team = case owner_team"
            " when 'sales' then 'marketing' else 'sales' end where "
            + one_of("fct_ownership_periods", "ownership_period_id")
        ),
        "a handover that looks shorter than it was": (
            "update marts.fct_handovers set ended_at = assigned_at + interval 1 second"
            " where "
            + one_of(
                "fct_handovers",
                "handover_id",
                "decision = 'accepted' and ended_at > assigned_at + interval 1 minute",
            )
        ),
    },
    "assert_stage_periods_fill_every_pass": {
        "a lost period": (
            "delete from marts.fct_stage_periods where "
            + one_of("fct_stage_periods", "stage_event_id", "valid_to is not null")
        ),
        "an end one second early": (
            "update marts.fct_stage_periods set valid_to = valid_to"
            " - interval 1 second where "
            + one_of("fct_stage_periods", "stage_event_id", "duration_days > 1")
        ),
    },
    "assert_time_in_stages_is_the_life_of_the_pass": {
        "a day too many": (
            "update marts.fct_stage_periods set duration_days = duration_days + 1"
            " where "
            + one_of("fct_stage_periods", "stage_event_id", "duration_days > 1")
        ),
    },
    "assert_moves_are_in_the_agreement": {
        "a way back inside a pass": (
            "update marts.fct_stage_events set previous_stage = 'sql' where "
            + one_of("fct_stage_events", "stage_event_id", "stage = 'mql'")
        ),
        "an event that leads elsewhere": (
            "update marts.fct_stage_events set event = 'won' where "
            + one_of("fct_stage_events", "stage_event_id", "stage = 'inquiry'")
        ),
    },
    "assert_stages_have_receipts": {
        "no receipt": (
            "update marts.fct_stage_events set receipt_id = '' where "
            + one_of("fct_stage_events", "stage_event_id")
        ),
        "a version that was not in force": (
            "update marts.fct_stage_events set definition_version = '9.9.9' where "
            + one_of("fct_stage_events", "stage_event_id")
        ),
    },
    "assert_mqls_have_a_ground": {
        "a score that is gone": (
            "delete from marts.fct_scores where is_mql and pass_id = (select"
            " min(pass_id) from marts.fct_funnel where mql_trigger = 'score')"
        ),
        "a callback that nobody promised": (
            "update marts.fct_funnel set mql_trigger = 'callback_due' where "
            + one_of("fct_funnel", "pass_id", "mql_trigger = 'hand_raise'")
        ),
    },
    "assert_no_score_above_the_line_without_mql": {
        "an MQL one second late": (
            "update marts.fct_funnel set mql_at = mql_at + interval 1 second where "
            + one_of("fct_funnel", "pass_id", "mql_trigger = 'score'")
        ),
    },
    "assert_milestones_do_not_go_back": {
        "accepted before the MQL": (
            "update marts.fct_funnel set sal_at = mql_at - interval 1 second where "
            + one_of("fct_funnel", "pass_id", "mql_at is not null")
        ),
        "decided before the assignment": (
            "update marts.fct_funnel set decided_at = assigned_at"
            " - interval 1 second where "
            + one_of("fct_funnel", "pass_id", "decided_at is not null")
        ),
    },
    "assert_nothing_is_later_than_as_of": {
        "a win that is to come": (
            "update marts.fct_opportunities set won_at = (select as_of"
            " + interval 1 second from utilities.as_of) where "
            + one_of("fct_opportunities", "opportunity_id", "outcome = 'won'")
        ),
        "a touch that is to come": (
            "update marts.fct_touches set occurred_at = (select as_of"
            " + interval 1 second from utilities.as_of) where "
            + one_of("fct_touches", "touch_id")
        ),
    },
    "assert_business_minutes_fit_the_clock": {
        "more than the clock": (
            "update marts.fct_handovers set first_touch_business_minutes"
            " = first_touch_clock_minutes + 1 where "
            + one_of(
                "fct_handovers", "handover_id", "first_touch_clock_minutes is not null"
            )
        ),
        "less than nothing": (
            "update marts.fct_handovers set limbo_business_minutes = -0.01 where "
            + one_of(
                "fct_handovers", "handover_id", "limbo_business_minutes is not null"
            )
        ),
    },
    "assert_decisions_are_final": {
        "a reason to accept": (
            "update marts.fct_handovers set reason_code = 'R01' where "
            + one_of("fct_handovers", "handover_id", "decision = 'accepted'")
        ),
        "two handovers at once": (
            "insert into marts.fct_handovers by name select * replace ('doubled' as"
            " handover_id) from marts.fct_handovers where "
            + one_of("fct_handovers", "handover_id", "decision = 'accepted'")
        ),
    },
    "assert_promises_have_an_outcome": {
        "a promise forgotten": (
            "update marts.fct_commitments set outcome = 'open', resolved_at = null"
            " where " + one_of("fct_commitments", "commitment_id", "outcome = 'broken'")
        ),
    },
    "assert_passes_are_numbered_without_a_gap": {
        "a number left out": (
            "update marts.fct_funnel set pass_number = pass_number + 1 where "
            + one_of("fct_funnel", "pass_id", "is_current")
        ),
    },
    "assert_everyone_is_in_one_pass": {
        "no current pass": (
            "update marts.fct_funnel set is_current = false where "
            + one_of("fct_funnel", "pass_id", "is_current")
        ),
        "a person without a pass": (
            "delete from marts.fct_funnel where person_id = (select min(person_id)"
            " from marts.dim_people)"
        ),
    },
    "assert_current_stage_is_the_open_period": {
        "another stage": (
            "update marts.fct_funnel set current_stage = 'sal' where "
            + one_of(
                "fct_funnel", "pass_id", "is_current and current_stage = 'nurture'"
            )
        ),
        "no stage": (
            "delete from marts.fct_stage_periods where "
            + one_of("fct_stage_periods", "stage_event_id", "valid_to is null")
        ),
    },
    "assert_spend_is_whole": {
        "a cent": (
            "update marts.fct_spend_daily set cost = cost + 0.01 where "
            + one_of("fct_spend_daily", "spend_id")
        ),
        "a lost day": (
            "delete from marts.fct_spend_daily where "
            + one_of("fct_spend_daily", "spend_id", "cost <> 0")
        ),
    },
    "assert_spend_versions_are_whole": {
        "a cent of an earlier statement": (
            "update marts.fct_spend_versions set change_eur = change_eur + 0.01 where "
            + one_of("fct_spend_versions", "spend_version_id", "change_eur is not null")
        ),
        "a lost statement": (
            "delete from marts.fct_spend_versions where "
            + one_of("fct_spend_versions", "spend_version_id", "is_current")
        ),
        "two that are the newest": (
            "update marts.fct_spend_versions set is_current = true where "
            + one_of("fct_spend_versions", "spend_version_id", "not is_current")
        ),
    },
    "assert_closed_loop_is_whole": {
        "a cent of spend": (
            "update marts.rpt_closed_loop set spend_eur = spend_eur + 0.01 where "
            + one_of("rpt_closed_loop", "closed_loop_id", "spend_eur is not null")
        ),
        "a campaign that brought nobody left out": (
            "delete from marts.rpt_closed_loop where "
            + one_of(
                "rpt_closed_loop",
                "closed_loop_id",
                "people_count = 0 and spend_eur is not null",
            )
        ),
        "a cent of revenue": (
            "update marts.rpt_closed_loop set net_revenue_eur = net_revenue_eur + 0.01"
            " where " + one_of("rpt_closed_loop", "closed_loop_id")
        ),
        "people whom nobody brought left out": (
            "delete from marts.rpt_closed_loop where "
            + one_of(
                "rpt_closed_loop",
                "closed_loop_id",
                "channel = '(unattributed)' and people_count > 0",
            )
        ),
        "a deal twice": (
            "update marts.rpt_closed_loop set opportunity_count = opportunity_count + 1"
            " where " + one_of("rpt_closed_loop", "closed_loop_id")
        ),
    },
    "assert_leaks_are_whole": {
        "a cent that leaks away": (
            "update marts.rpt_leaks set amount_eur = amount_eur - 0.01 where "
            + one_of("rpt_leaks", "leak_month_id", "leak like 'spend%'")
        ),
        "a leak left out": (
            "delete from marts.rpt_leaks where "
            + one_of("rpt_leaks", "leak_month_id", "leak like 'spend%'")
        ),
        "a campaign that nobody came from any more": (
            "update marts.fct_touches set campaign_id = null where campaign_id ="
            " (select min(campaign_id) from marts.fct_spend_daily"
            " where match_method <> 'none')"
        ),
        "a contract that nobody is tied to": (
            "delete from intermediate.int_pass_opportunities where opportunity_id ="
            " (select min(opportunity_id) from marts.fct_bookings)"
        ),
    },
    "assert_bookings_are_whole": {
        "a cent": (
            "update marts.fct_bookings set amount = amount + 0.01 where "
            + one_of("fct_bookings", "booking_id", "kind = 'contract'")
        ),
        "a lost refund": (
            "delete from marts.fct_bookings where "
            + one_of("fct_bookings", "booking_id", "kind = 'refund'")
        ),
        "a win that was not taken back": (
            "delete from marts.fct_bookings where "
            + one_of("fct_bookings", "booking_id", "kind = 'reversal'")
        ),
    },
    "assert_sourced_shares_sum_to_one": {
        "a share that is off by its last digit": (
            "update marts.rpt_sourcing set sourced_share = sourced_share + 0.000001"
            " where " + one_of("rpt_sourcing", "signed_month", "team = 'marketing'")
        ),
        "a team that is left out": (
            "delete from marts.rpt_sourcing where "
            + one_of("rpt_sourcing", "signed_month", "sourced_share > 0")
        ),
        "a deal whose source changed": (
            "update intermediate.int_person_sources set sourced_by = case sourced_by"
            " when 'sales' then 'marketing' else 'sales' end where person_id ="
            " (select min(primary_person_id) from marts.fct_opportunities"
            " where outcome = 'won')"
        ),
    },
    "assert_stock_follows_from_flow": {
        "one too many": (
            "update marts.fct_funnel_daily set stock = stock + 1 where "
            + one_of("fct_funnel_daily", "funnel_day_id")
        ),
        "an entry that nobody made": (
            "update marts.fct_funnel_daily set stock = stock + 1,"
            " entered = entered + case when date_day = (select"
            " min(date_day) from marts.fct_funnel_daily where stage = 'sal')"
            " then 1 else 0 end where stage = 'sal'"
        ),
        "a stage that nobody counts": (
            "delete from marts.fct_funnel_daily where stage = 'nurture'"
        ),
    },
    "assert_outcomes_and_open_sum_to_one": {
        "a rate that counts the lost as still to come": (
            "update marts.rpt_cohort_conversion set conversion_rate = naive_rate where "
            + one_of(
                "rpt_cohort_conversion",
                "cohort_conversion_id",
                "conversion_rate > naive_rate and competing_rate > 0",
            )
        ),
        "open ones forgotten": (
            "update marts.rpt_cohort_conversion set survival = null where "
            + one_of(
                "rpt_cohort_conversion", "cohort_conversion_id", "survival is not null"
            )
        ),
    },
    "assert_models_by_channel_have_a_formula": {
        "a model that nobody worked out": (
            "delete from intermediate.int_channel_effects where attribution_model ="
            " (select min(attribution_model) from intermediate.int_channel_effects)"
        ),
    },
    "assert_channel_shares_are_whole": {
        "a channel left out": (
            "delete from intermediate.int_channel_effects where channel = (select"
            " min(channel) from intermediate.int_channel_effects where conversions > 0)"
        ),
        "a conversion of no channel": (
            "update intermediate.int_channel_sets set conversion_count ="
            " conversion_count + 1 where channels = (select min(channels)"
            " from intermediate.int_channel_sets)"
        ),
        "shares that went up": (
            "update intermediate.int_channel_effects set channel_share ="
            " channel_share + 0.000001"
        ),
    },
    "assert_credits_add_up": {
        "a cent too much for one touch of a booking": (
            "update marts.fct_booking_credits set credit_eur = credit_eur + 0.01 where "
            + one_of("fct_booking_credits", "booking_credit_id")
        ),
        "a booking that nobody is credited for": (
            "delete from marts.fct_booking_credits where booking_id = (select"
            " min(booking_id) from marts.fct_bookings)"
        ),
        "a cent that moved between two touches of a deal": (
            "update marts.fct_touch_credits set credit_eur = credit_eur + case when"
            " touch_number = 1 then 0.01 else -0.01 end where touch_number <= 2 and "
            "(opportunity_id, attribution_model) = (select (opportunity_id,"
            " attribution_model) from marts.fct_touch_credits where touch_number = 2"
            " order by all limit 1)"
        ),
        "a share above one": (
            "update marts.fct_touch_credits set credit_share = credit_share + 0.000001"
            " where " + one_of("fct_touch_credits", "touch_credit_id")
        ),
        "a model that left a deal out": (
            "delete from marts.fct_touch_credits where (opportunity_id,"
            " attribution_model) = (select (opportunity_id, attribution_model)"
            " from marts.fct_touch_credits order by all limit 1)"
        ),
        "pipeline that nobody is credited for": (
            "delete from marts.fct_pipeline_credits where opportunity_id = (select"
            " min(opportunity_id) from marts.fct_pipeline_credits)"
        ),
        "a share of pipeline that is lost": (
            "update marts.fct_pipeline_credits set credit_share = credit_share"
            " - 0.000001 where "
            + one_of("fct_pipeline_credits", "pipeline_credit_id", "credit_share > 0")
        ),
        "a touch that kept a cent of a reversal": (
            "update marts.fct_booking_credits set credit_eur = credit_eur + case when"
            " touch_number = 1 then 0.01 else -0.01 end where kind = 'reversal' and"
            " touch_number <= 2 and (contract_id, attribution_model) = (select"
            " (contract_id, attribution_model) from marts.fct_booking_credits where"
            " kind = 'reversal' and touch_number = 2 order by all limit 1)"
        ),
    },
    "assert_slices_sum_to_the_total": {
        "a bucket too few": (
            "delete from marts.rpt_stage_stock where "
            + one_of("rpt_stage_stock", "stage_stock_id", "stock_count > 0")
        ),
        "a month too few": (
            "delete from marts.rpt_period_ratios where "
            + one_of("rpt_period_ratios", "period_ratio_id", "to_count > 0")
        ),
        "one who left twice": (
            "update marts.rpt_stage_durations set left_count = left_count + 1,"
            " open_count = open_count - 1 where "
            + one_of(
                "rpt_stage_durations",
                "stage_duration_id",
                "cohort_kind = 'quarter' and open_count > 0",
            )
        ),
        "a deal that nobody sees": (
            "delete from marts.rpt_pipeline where "
            + one_of("rpt_pipeline", "opportunity_id")
        ),
        "a grade that nobody values": (
            "delete from marts.rpt_lead_values where "
            + one_of(
                "rpt_lead_values",
                "lead_value_id",
                "slice = 'grade' and mql_count is not null",
            )
        ),
    },
}


@pytest.fixture(scope="module")
def compiled_tests(make_dbt: MakeDbt) -> Path:
    """The folder of the singular tests as the SQL that dbt would run."""
    project = make_dbt()
    project("compile", "--select", "test_type:singular")
    return project.target / "compiled" / "one_funnel" / "tests"


@pytest.fixture(scope="module")
def copied_demo(
    demo_database: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to a copy of the demo that may be damaged, inside a transaction."""
    # The stem is the name of the catalog, by which the compiled SQL names the tables.
    copied = tmp_path_factory.mktemp("faults") / demo_database.name
    shutil.copy(demo_database, copied)
    with duckdb.connect(str(copied)) as connection:
        connection.execute("set timezone = 'UTC'")
        yield connection


@pytest.mark.parametrize(
    ("test", "fault"),
    [(test, fault) for test, faults in FAULTS.items() for fault in faults],
)
def test_an_invariant_finds_its_fault(
    compiled_tests: Path,
    copied_demo: duckdb.DuckDBPyConnection,
    test: str,
    fault: str,
) -> None:
    invariant = (compiled_tests / f"{test}.sql").read_text(encoding="utf-8")
    assert copied_demo.sql(invariant).fetchall() == []

    copied_demo.execute("begin transaction")
    try:
        changed = copied_demo.execute(FAULTS[test][fault]).fetchall()[0][0]
        found = copied_demo.sql(invariant).fetchall()
    finally:
        copied_demo.execute("rollback")

    assert changed > 0, "the demo has no row to plant this fault in"
    assert found


def test_every_invariant_has_a_fault() -> None:
    described = yaml.safe_load(INVARIANTS.read_text(encoding="utf-8"))["data_tests"]
    assert {test["name"] for test in described} == FAULTS.keys()
