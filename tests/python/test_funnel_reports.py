"""The reports on the funnel say what a count by hand says of the same facts.

Counted are the rows of `fct_funnel`, `fct_stage_events`, `fct_opportunities` and other
facts that are judged by themselves. Of keys, only what they are made of is compared.
"""

from collections.abc import Sequence
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import pytest

from reference import funnel_reports
from reference.funnel_reports import Leaking, Reporting, Row, Stay

SEEDS = Path(__file__).parents[2] / "seeds"
AGREEMENT = SEEDS / "lead_definition"
MAPPINGS = SEEDS / "mappings"
# Decimals that are exact.
SUMS = ("amount_eur", "duration_days", "stalled_limit_days")


class Facts:
    """The facts of the demo that the reports stand on."""

    def __init__(self, database: Path) -> None:
        self._connection = duckdb.connect(str(database), read_only=True)
        self._connection.execute("set timezone = 'UTC'")
        (answer,) = self.rows("select as_of from utilities.as_of")
        self.reporting = Reporting(AGREEMENT, answer["as_of"])

    def rows(self, query: str) -> list[Row]:
        answer = self._connection.sql(query)
        return [
            dict(zip(answer.columns, row, strict=True)) for row in answer.fetchall()
        ]

    def mart(self, name: str) -> list[Row]:
        return self.rows(f"select * from marts.{name}")

    @cached_property
    def passes(self) -> list[Row]:
        return self.mart("fct_funnel")

    @cached_property
    def touches(self) -> list[Row]:
        return self.rows(
            "select touch_id, person_id, campaign_id, channel, occurred_at"
            " from marts.fct_touches"
        )

    @cached_property
    def opportunities(self) -> list[Row]:
        return self.mart("fct_opportunities")

    @cached_property
    def periods(self) -> list[Row]:
        return funnel_reports.stage_periods(self.mart("fct_stage_events"))

    @cached_property
    def stays(self) -> list[Stay]:
        return funnel_reports.stays(self.periods, self.mart("fct_ownership_periods"))

    @cached_property
    def leaking(self) -> Leaking:
        return Leaking(
            spend=self.mart("fct_spend_daily"),
            sessions=self.rows("select * from intermediate.int_sessions"),
            touches=self.touches,
            passes=self.passes,
            handovers=self.mart("fct_handovers"),
            commitments=self.mart("fct_commitments"),
            opportunities=self.opportunities,
            bookings=self.mart("fct_bookings"),
            booking_credits=self.rows(
                "select booking_id, touch_id from marts.fct_booking_credits"
            ),
            exported_opportunities=frozenset(
                row["opportunity_id"]
                for row in self.rows(
                    "select opportunity_id from staging.stg_salesforce__opportunities"
                )
            ),
            tied_opportunities=self._tied_opportunities(),
        )

    def _tied_opportunities(self) -> frozenset[str]:
        """Those that a contact role or a conversion ties to a known person."""
        known = {
            row["identity_key"]
            for row in self.rows(
                "select identity_key from intermediate.int_identity_keys"
            )
        }
        roles = self.rows(
            "select opportunity_id, contact_id"
            " from staging.stg_salesforce__opportunity_contact_roles"
            " where not _is_deleted"
        )
        leads = self.rows(
            "select converted_opportunity_id, lead_id"
            " from staging.stg_salesforce__leads"
        )
        return frozenset(
            [
                r["opportunity_id"]
                for r in roles
                if f"sf_contact:{r['contact_id']}" in known
            ]
            + [
                r["converted_opportunity_id"]
                for r in leads
                if f"sf_lead:{r['lead_id']}" in known
            ]
        )


@pytest.fixture(scope="module")
def facts(demo_database: Path) -> Facts:
    return Facts(demo_database)


def assert_mart(
    facts: Facts, name: str, key: Sequence[str], expected: Sequence[Row]
) -> None:
    """The mart has the expected rows and no other, each value as it was counted."""
    assert expected, f"nothing was counted for {name}"
    counted = by_key(expected, key)
    found = by_key(facts.mart(name), key)
    lines = []
    for one in sorted(counted.keys() | found.keys(), key=str):
        if one not in counted or one not in found:
            lines.append(f"{one}: only {'counted' if one in counted else 'in SQL'}")
            continue
        lines += [
            f"{one} {column}: counted {value!r}, SQL {found[one][column]!r}"
            for column, value in counted[one].items()
            if not is_same(column, value, found[one][column])
        ]
    print(f"{name}: {len(expected)} rows, {len(lines)} values differ")
    if lines:
        head = f"{name}: {len(lines)} values differ in {len(expected)} rows"
        pytest.fail("\n".join([head, *lines[:10]]), pytrace=False)


def is_same(column: str, counted: Any, found: Any) -> bool:
    """Whether two values are equal, quotients but for their last decimal.

    A quotient of doubles can fall on the other side of half of it.
    """
    if column in SUMS or not isinstance(counted, Decimal) or found is None:
        return counted == found
    last_decimal = Decimal(1).scaleb(counted.as_tuple().exponent)
    return abs(counted - found) <= last_decimal


def by_key(rows: Sequence[Row], key: Sequence[str]) -> dict[tuple[Any, ...], Row]:
    answer = {tuple(row[column] for column in key): row for row in rows}
    assert len(answer) == len(rows), f"{key} is not the key of the rows"
    return answer


def test_stage_periods_follow_from_the_entries(facts: Facts) -> None:
    assert_mart(facts, "fct_stage_periods", ["stage_event_id"], facts.periods)


def test_stock_and_flow_of_each_day(facts: Facts) -> None:
    expected = funnel_reports.funnel_daily(facts.stays, facts.reporting)
    key = ["date_day", "stage", "owner_team"]
    assert_mart(facts, "fct_funnel_daily", key, expected)


def test_stock_by_age(facts: Facts) -> None:
    expected = funnel_reports.stage_stock(facts.stays, facts.periods, facts.reporting)
    key = ["stage", "owner_team", "age_bucket"]
    assert_mart(facts, "rpt_stage_stock", key, expected)


def test_durations_of_stages(facts: Facts) -> None:
    expected = funnel_reports.stage_durations(facts.periods, facts.reporting)
    key = ["stage", "cohort_kind", "cohort_quarter"]
    assert_mart(facts, "rpt_stage_durations", key, expected)


def test_conversion_at_the_horizon(facts: Facts) -> None:
    expected = funnel_reports.conversion_rates(
        facts.passes, facts.touches, facts.reporting
    )
    key = ["cohort_month", "from_stage", "to_stage", "slice", "slice_value"]
    assert_mart(facts, "rpt_conversion_rates", key, expected)


def test_recovery_of_the_recycled(facts: Facts) -> None:
    expected = funnel_reports.recycle_recovery(facts.passes, facts.reporting)
    assert_mart(facts, "rpt_recycle_recovery", ["cohort_month"], expected)


def test_velocity_of_each_window(facts: Facts) -> None:
    expected = funnel_reports.velocity(
        facts.opportunities, facts.passes, facts.reporting
    )
    assert_mart(facts, "rpt_velocity", ["month_start"], expected)


def test_ratios_of_months(facts: Facts) -> None:
    expected = funnel_reports.period_ratios(facts.passes, facts.reporting)
    key = ["month_start", "from_stage", "to_stage"]
    assert_mart(facts, "rpt_period_ratios", key, expected)


def test_funnel_of_accounts(facts: Facts) -> None:
    expected = funnel_reports.account_funnel(facts.passes, facts.reporting)
    assert_mart(facts, "rpt_account_funnel", ["cohort_month"], expected)


def test_leaks_of_each_month(facts: Facts) -> None:
    leaks = funnel_reports.leaks(facts.leaking, facts.reporting, MAPPINGS)
    expected = funnel_reports.leaks_by_month(leaks, MAPPINGS)
    assert_mart(facts, "rpt_leaks", ["leak", "leak_month"], expected)
