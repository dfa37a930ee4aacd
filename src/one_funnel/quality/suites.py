"""The expectations on each mart, made from the agreement.

A word, a line or a team is never written here: it comes from the agreement's tables, so
an expectation cannot disagree with the models that it checks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import great_expectations.expectations as gxe
from great_expectations.expectations.row_conditions import Column

from one_funnel.agreement import Agreement, MqlLine

CRITICAL = "critical"
WARNING = "warning"

# How an MQL came to be when it was the score that made it, whatever moved last.
SCORE_TRIGGERS = ["score", "definition_change", "cooldown_end"]


# What a handover and a promise can come to, as the contracts of their marts say.
DECISIONS = frozenset({"accepted", "rejected", "expired"})
# The source of a deal of which no person is known.
UNKNOWN_TEAM = "unknown"
NEGATIVE_DECISION = "rejected"
PROMISE_OUTCOMES = frozenset(
    {"kept", "broken", "superseded", "cancelled_privacy", "open"}
)


@dataclass(frozen=True)
class MartSuite:
    """What holds for one mart.

    `key` identifies a row. `sample_columns` are what an example of a failing row shows:
    ids of people where the mart has them, never an address or a name.
    """

    mart: str
    key: tuple[str, ...]
    sample_columns: tuple[str, ...]
    expectations: tuple[Any, ...]


class SuiteBuilder:
    """Collects the expectations of one mart, each with its id, words and severity."""

    def __init__(self, mart: str, *key: str, person: str | None = "person_id") -> None:
        self.mart = mart
        self.key = key
        self.person = person
        self._expectations: list[Any] = []
        for column in key:
            self.expect(
                f"{column}_is_present",
                f"Every row has its {column}.",
                gxe.ExpectColumnValuesToNotBeNull,
                column=column,
            )
        if len(key) == 1:
            self.expect(
                f"{key[0]}_is_unique",
                f"No {key[0]} occurs twice.",
                gxe.ExpectColumnValuesToBeUnique,
                column=key[0],
            )
        else:
            self.expect(
                "key_is_unique",
                f"No combination of {', '.join(key)} occurs twice.",
                gxe.ExpectCompoundColumnsToBeUnique,
                column_list=list(key),
            )

    def expect(
        self,
        fact: str,
        description: str,
        expectation: Any,
        severity: str = CRITICAL,
        **arguments: Any,
    ) -> SuiteBuilder:
        """Add an expectation under the id `<mart>.<fact>`."""
        self._expectations.append(
            expectation(
                description=description,
                severity=severity,
                meta={"check_id": f"{self.mart}.{fact}"},
                **arguments,
            )
        )
        return self

    def present(self, column: str, severity: str = CRITICAL) -> SuiteBuilder:
        """Expect a value in every row."""
        return self.expect(
            f"{column}_is_present",
            f"Every row has its {column}.",
            gxe.ExpectColumnValuesToNotBeNull,
            severity,
            column=column,
        )

    def agreed(self, column: str, words: frozenset[str], what: str) -> SuiteBuilder:
        """Expect every value of a column, where there is one, to be an agreed word."""
        return self.expect(
            f"{column}_is_agreed",
            f"Every {column} is {what} of the agreement.",
            gxe.ExpectColumnValuesToBeInSet,
            column=column,
            value_set=sorted(words),
        )

    def not_negative(self, column: str) -> SuiteBuilder:
        """Expect no number under zero."""
        return self.expect(
            f"{column}_is_not_negative",
            f"No {column} is under zero.",
            gxe.ExpectColumnValuesToBeBetween,
            column=column,
            min_value=0,
        )

    def not_before(
        self, later: str, earlier: str, or_equal: bool = True
    ) -> SuiteBuilder:
        """Expect one column to be at or after another, in rows that have both."""
        order = "not before" if or_equal else "after"
        return self._ordered(later, order, earlier, or_equal)

    def not_less(self, greater: str, lesser: str) -> SuiteBuilder:
        """Expect one number to be at least another, in rows that have both."""
        return self._ordered(greater, "not less than", lesser, or_equal=True)

    def _ordered(
        self, greater: str, order: str, lesser: str, or_equal: bool
    ) -> SuiteBuilder:
        return self.expect(
            f"{greater}_is_{order.replace(' ', '_')}_{lesser}",
            f"{greater} is {order} {lesser}.",
            gxe.ExpectColumnPairValuesAToBeGreaterThanB,
            column_A=greater,
            column_B=lesser,
            or_equal=or_equal,
            ignore_row_if="either_value_is_missing",
        )

    def has_rows(self) -> SuiteBuilder:
        """Expect at least one row."""
        return self.expect(
            "has_rows",
            "The mart has rows.",
            gxe.ExpectTableRowCountToBeBetween,
            min_value=1,
        )

    def build(self) -> MartSuite:
        """The finished suite."""
        with_person = (self.person, *self.key) if self.person else self.key
        return MartSuite(
            mart=self.mart,
            key=self.key,
            sample_columns=tuple(dict.fromkeys(with_person)),
            expectations=tuple(self._expectations),
        )


def suites(agreement: Agreement) -> tuple[MartSuite, ...]:
    """Every mart's suite, in the order in which the marts are told of."""
    stages = frozenset(stage.stage for stage in agreement.stages)
    return (
        _funnel(agreement, stages),
        _stage_events(agreement, stages),
        _stage_periods(stages),
        _funnel_daily(agreement, stages),
        _ownership_periods(agreement),
        _handovers(agreement),
        _commitments(),
        _score_points(),
        _scores(),
        _touches(agreement),
        _spend_daily(),
        _spend_versions(),
        _spend_restatements(),
        _closed_loop(agreement),
        _attribution_models(),
        _bookings(),
        _touch_credits(agreement),
        _booking_credits(agreement),
        _pipeline_credits(agreement),
        SuiteBuilder("fct_opportunities", "opportunity_id", person=None).build(),
        SuiteBuilder("fct_buying_groups", "opportunity_id", person=None)
        .not_less("person_count", "mql_person_count")
        .not_less("person_count", "supporting_person_count")
        .build(),
        SuiteBuilder("rpt_sourcing", "signed_month", "team", person=None)
        .agreed("team", agreement.teams | {UNKNOWN_TEAM}, "a team")
        .build(),
        SuiteBuilder("rpt_acquisition_cost", "quarter_start", person=None)
        .not_negative("new_customer_count")
        .build(),
        SuiteBuilder("rpt_recycle_recovery", "cohort_month", person=None)
        .not_less("recycled_count", "recovered_count")
        .not_less("recovered_count", "recovered_within_horizon_count")
        .build(),
        SuiteBuilder("rpt_account_funnel", "cohort_month", person=None)
        .not_less("account_count", "inquiry_account_count")
        .not_less("person_count", "account_count")
        .build(),
        SuiteBuilder("dim_lead_definition", "definition_version", person=None).build(),
        SuiteBuilder("dim_people", "person_id").has_rows().build(),
        SuiteBuilder("dim_accounts", "account_id", person=None).build(),
        SuiteBuilder("dim_campaigns", "campaign_id", person=None).build(),
        SuiteBuilder(
            "dim_campaign_versions", "campaign_id", "version_number", person=None
        ).build(),
        SuiteBuilder("dim_users", "user_id", person=None).build(),
        SuiteBuilder("dim_dates", "date_day", person=None).build(),
        _leaks(agreement),
        _cohort_conversion(stages),
        _conversion_rates(stages),
        _lead_values(),
        SuiteBuilder("rpt_period_ratios", "period_ratio_id", person=None).build(),
        SuiteBuilder("rpt_stage_durations", "stage_duration_id", person=None).build(),
        SuiteBuilder("rpt_stage_stock", "stage_stock_id", person=None).build(),
        SuiteBuilder("rpt_pipeline", "opportunity_id", person=None).build(),
        SuiteBuilder("rpt_velocity", "month_start", person=None).build(),
        SuiteBuilder("rpt_quarter_outlook", "quarter_start", person=None).build(),
        SuiteBuilder("quarantined_rows", "quarantined_row_id", person=None).build(),
        SuiteBuilder("unmapped_values", "mapping", "value", person=None).build(),
        SuiteBuilder("suppressed_addresses", "address_hash", person=None).build(),
    )


def _funnel(agreement: Agreement, stages: frozenset[str]) -> MartSuite:
    suite = SuiteBuilder("fct_funnel", "pass_id").has_rows()
    suite.present("person_id")
    suite.agreed("current_stage", stages, "a stage")
    suite.agreed("owner_team", agreement.teams, "a team")
    suite.agreed("sourced_by", agreement.teams, "a team")
    suite.agreed("outcome", agreement.outcomes, "an outcome")
    suite.agreed(
        "outcome_reason",
        # A pass that nobody decided on has the event itself as its reason.
        agreement.reason_codes | agreement.events,
        "a reason",
    )
    suite.agreed("first_touch_channel", agreement.channels, "a channel")
    suite.not_before("closed_at", "opened_at")
    for line in agreement.mql_lines:
        for fact, column, least in _parts(line):
            suite.expect(
                f"{fact}_{line.definition_version}",
                f"An MQL by its score under version {line.definition_version} has "
                f"{column} of at least {least}.",
                gxe.ExpectColumnValuesToBeBetween,
                column=column,
                min_value=float(least),
                row_condition=(
                    (Column("definition_version") == line.definition_version)
                    & Column("mql_trigger").is_in(SCORE_TRIGGERS)
                ),
            )
    return suite.build()


def _parts(line: MqlLine) -> Iterator[tuple[str, str, Decimal]]:
    yield "mql_reaches_the_line_of", "total_points", line.total_line
    yield "mql_passes_the_fit_gate_of", "fit_points", line.fit_gate
    yield "mql_passes_the_behaviour_gate_of", "behaviour_points", line.behaviour_gate


def _stage_events(agreement: Agreement, stages: frozenset[str]) -> MartSuite:
    suite = SuiteBuilder("fct_stage_events", "stage_event_id").has_rows()
    suite.present("pass_id").present("person_id").present("occurred_at")
    suite.agreed("stage", stages, "a stage")
    suite.agreed("previous_stage", stages, "a stage")
    suite.agreed("event", agreement.events, "an event")
    return suite.build()


def _stage_periods(stages: frozenset[str]) -> MartSuite:
    suite = SuiteBuilder("fct_stage_periods", "pass_id", "valid_from")
    suite.agreed("stage", stages, "a stage")
    suite.not_before("valid_to", "valid_from", or_equal=False)
    suite.not_negative("duration_days")
    return suite.build()


def _funnel_daily(agreement: Agreement, stages: frozenset[str]) -> MartSuite:
    suite = SuiteBuilder("fct_funnel_daily", "funnel_day_id", person=None)
    suite.present("date_day")
    suite.agreed("stage", stages, "a stage")
    suite.agreed("owner_team", agreement.teams, "a team")
    for column in ("stock", "entered", "left"):
        suite.not_negative(column)
    return suite.build()


def _ownership_periods(agreement: Agreement) -> MartSuite:
    suite = SuiteBuilder("fct_ownership_periods", "person_id", "valid_from")
    suite.present("owner_team")
    suite.agreed("owner_team", agreement.teams, "a team")
    suite.not_before("valid_to", "valid_from", or_equal=False)
    return suite.build()


def _handovers(agreement: Agreement) -> MartSuite:
    suite = SuiteBuilder("fct_handovers", "handover_id")
    suite.agreed("reason_code", agreement.reason_codes, "a reason")
    suite.agreed("decision", DECISIONS, "a decision")
    suite.not_before("decided_at", "assigned_at")
    for column in (
        "limbo_business_minutes",
        "first_touch_business_minutes",
        "decision_business_minutes",
        "first_touch_clock_minutes",
    ):
        suite.not_negative(column)
    suite.not_less("first_touch_clock_minutes", "first_touch_business_minutes")
    suite.expect(
        "rejection_has_a_reason",
        "Every negative decision has its reason.",
        gxe.ExpectColumnValuesToNotBeNull,
        column="reason_code",
        row_condition=Column("decision") == NEGATIVE_DECISION,
    )
    return suite.build()


def _commitments() -> MartSuite:
    suite = SuiteBuilder("fct_commitments", "commitment_id")
    suite.present("person_id").present("outcome")
    suite.agreed("outcome", PROMISE_OUTCOMES, "an outcome")
    suite.not_before("due_at", "requested_at")
    suite.not_before("resolved_at", "requested_at")
    return suite.build()


def _score_points() -> MartSuite:
    return SuiteBuilder(
        "fct_score_points", "pass_id", "evaluated_at", "rule_id", person=None
    ).build()


def _scores() -> MartSuite:
    return SuiteBuilder("fct_scores", "pass_id", "evaluated_at", person=None).build()


def _touches(agreement: Agreement) -> MartSuite:
    suite = SuiteBuilder("fct_touches", "touch_id")
    suite.present("occurred_at")
    suite.agreed("channel", agreement.channels, "a channel")
    suite.agreed("touch_team", agreement.teams, "a team")
    suite.agreed("assist_team", agreement.teams, "a team")
    return suite.build()


def _spend_daily() -> MartSuite:
    # Cost may be under zero: a credit for invalid clicks can exceed that of its day.
    suite = SuiteBuilder("fct_spend_daily", "spend_id", person=None)
    suite.present("campaign_id").present("cost_eur")
    return suite.build()


def _spend_versions() -> MartSuite:
    suite = SuiteBuilder("fct_spend_versions", "spend_version_id", person=None)
    suite.present("cost_eur")
    suite.not_before("superseded_at", "stated_at", or_equal=False)
    return suite.build()


def _spend_restatements() -> MartSuite:
    suite = SuiteBuilder(
        "rpt_spend_restatements", "platform", "week_start", person=None
    )
    suite.not_negative("restated_day_count").not_negative("late_day_count")
    return suite.build()


def _attribution_models() -> MartSuite:
    suite = SuiteBuilder(
        "rpt_attribution_models", "attribution_model", "channel", person=None
    )
    suite.not_negative("opportunity_count").not_negative("disagreement")
    suite.not_less("credit_share", "lowest_share")
    suite.not_less("highest_share", "credit_share")
    return suite.build()


def _closed_loop(agreement: Agreement) -> MartSuite:
    suite = SuiteBuilder("rpt_closed_loop", "closed_loop_id", person=None)
    suite.agreed("top_rejection_reason", agreement.reason_codes, "a reason")
    for column in ("people_count", "opportunity_count", "won_count", "handover_count"):
        suite.not_negative(column)
    suite.not_less("opportunity_count", "won_count")
    return suite.build()


def _leaks(agreement: Agreement) -> MartSuite:
    suite = SuiteBuilder("rpt_leaks", "leak", "leak_month", person=None)
    suite.present("owner_team").present("example_id")
    suite.agreed("owner_team", agreement.teams, "a team")
    suite.expect(
        "rows_are_counted",
        "Every leak is of one thing or more.",
        gxe.ExpectColumnValuesToBeBetween,
        column="rows",
        min_value=1,
    )
    return suite.build()


def _bookings() -> MartSuite:
    return SuiteBuilder("fct_bookings", "booking_id", person=None).build()


def _cohort_conversion(stages: frozenset[str]) -> MartSuite:
    suite = SuiteBuilder("rpt_cohort_conversion", "cohort_conversion_id", person=None)
    suite.agreed("from_stage", stages, "a stage")
    suite.agreed("to_stage", stages, "a stage")
    suite.not_negative("lower_95")
    suite.not_less("conversion_rate", "lower_95")
    suite.not_less("upper_95", "conversion_rate")
    suite.not_less("ended_count", "reached_count")
    suite.not_less("cohort_size", "ended_count")
    return suite.build()


def _conversion_rates(stages: frozenset[str]) -> MartSuite:
    suite = SuiteBuilder("rpt_conversion_rates", "conversion_rate_id", person=None)
    suite.agreed("from_stage", stages, "a stage")
    suite.agreed("to_stage", stages, "a stage")
    suite.not_less("reached_count", "reached_within_horizon_count")
    suite.not_less("cohort_size", "reached_count")
    return suite.build()


def _lead_values() -> MartSuite:
    suite = SuiteBuilder("rpt_lead_values", "lead_value_id", person=None)
    suite.present("slice").present("slice_value")
    suite.not_negative("lower_95")
    suite.not_less("win_rate", "lower_95")
    suite.not_less("upper_95", "win_rate")
    suite.not_less("mql_count", "won_count")
    return suite.build()


def _touch_credits(agreement: Agreement) -> MartSuite:
    return _credits(SuiteBuilder("fct_touch_credits", "touch_credit_id"), agreement)


def _pipeline_credits(agreement: Agreement) -> MartSuite:
    suite = SuiteBuilder("fct_pipeline_credits", "pipeline_credit_id")
    return _credits(suite, agreement)


def _credits(suite: SuiteBuilder, agreement: Agreement) -> MartSuite:
    suite.present("attribution_model").present("opportunity_id").present("channel")
    suite.agreed("touch_team", agreement.teams, "a team")
    suite.expect(
        "credit_share_is_a_share",
        "Every credit_share is from 0 to 1.",
        gxe.ExpectColumnValuesToBeBetween,
        column="credit_share",
        min_value=0,
        max_value=1,
    )
    return suite.build()


def _booking_credits(agreement: Agreement) -> MartSuite:
    suite = SuiteBuilder("fct_booking_credits", "booking_credit_id")
    suite.present("attribution_model").present("booking_id").present("channel")
    suite.agreed("touch_team", agreement.teams, "a team")
    return suite.build()
