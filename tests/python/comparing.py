"""The answers of the warehouse beside those of the reference, row by row."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import zip_longest
from pathlib import Path

import duckdb
import pytest

from reference import Answers

Rows = list[dict[str, str]]

# Answer of the reference -> the mart that gives it, and what names one row of it.
MARTS = {
    "passes": ("fct_funnel", ("pass_id",)),
    "stage_events": ("fct_stage_events", ("pass_id", "occurred_at", "stage")),
    "handovers": ("fct_handovers", ("person_id", "assigned_at", "direction")),
    "commitments": ("fct_commitments", ("person_id", "requested_at")),
    "ownership_periods": ("fct_ownership_periods", ("person_id", "valid_from")),
}
BOOKING_COLUMNS = (
    "booking_id",
    "opportunity_id",
    "contract_id",
    "kind",
    "receipt_type",
    "receipt_id",
    "amount",
    "currency",
    "amount_eur",
    "booked_on",
)
CREDIT_COLUMNS = (
    "attribution_model",
    "opportunity_id",
    "touch_id",
    "person_id",
    "channel",
    "touch_number",
    "credit_share",
    "credit_eur",
)
BOOKING_CREDIT_COLUMNS = (
    "attribution_model",
    "definition_version",
    "booking_id",
    "opportunity_id",
    "contract_id",
    "kind",
    "booked_on",
    "touch_id",
    "person_id",
    "channel",
    "touch_number",
    "credit_eur",
)
OPPORTUNITY_COLUMNS = (
    "opportunity_id",
    "account_id",
    "owner_user_id",
    "primary_pass_id",
    "primary_person_id",
    "crm_stage_name",
    "outcome",
    "crm_loss_reason",
    "sourced_by",
    "amount",
    "currency",
    "booked_amount_eur",
    "closed_amount_eur",
    "person_count",
    "marketing_touch_count",
    "sales_touch_count",
    "marketing_assist_count",
    "sales_assist_count",
    "is_marketing_influenced",
    "is_sales_influenced",
    "is_win_reversed",
    "close_date",
    "closed_on",
    "created_at",
    "created_month",
    "won_at",
    "lost_at",
    "reversed_at",
)
TOUCH_COLUMNS = (
    "touch_id",
    "person_id",
    "anonymous_id",
    "session_id",
    "campaign_id",
    "touch_type",
    "channel",
    "touch_team",
    "assist_team",
    "is_eligible_for_credit",
    "occurred_at",
)
# Prefix of an identity key -> the kinds of record that it stands for.
KEY_KINDS = {
    "email": ("email",),
    "hubspot": ("hubspot", "hubspot_contact"),
    "sf_lead": ("sf_lead", "salesforce_lead"),
    "sf_contact": ("sf_contact", "salesforce_contact"),
    "web_user": ("web_user",),
}
POINTS = ("fit_points", "behaviour_points", "total_points")
# Each rule is rounded at the sixth decimal.
POINTS_TOLERANCE = Decimal("0.000005")


class Warehouse:
    """A built warehouse, with values as the reference writes them."""

    def __init__(self, database: Path) -> None:
        self._connection = duckdb.connect(str(database), read_only=True)
        self._connection.execute("set timezone = 'UTC'")

    def close(self) -> None:
        """Let the database be written again."""
        self._connection.close()

    def rows(self, query: str) -> Rows:
        answer = self._connection.sql(query)
        return [
            {
                column: as_text(value)
                for column, value in zip(answer.columns, row, strict=True)
            }
            for row in answer.fetchall()
        ]

    def person_of_key(self) -> dict[str, str]:
        """The person of every key that records are known by."""
        return {
            row["identity_key"]: row["person_id"]
            for row in self.rows(
                "select identity_key, person_id from intermediate.int_identity_keys"
            )
        }

    def person_of_record(self) -> dict[tuple[str, str], str]:
        """The person of every record: (kind, id), the kind as KEY_KINDS lists it."""
        persons = {}
        for key, person_id in self.person_of_key().items():
            prefix, _, record_id = key.partition(":")
            for kind in KEY_KINDS[prefix]:
                persons[kind, record_id] = person_id
        for row in self.rows(
            "select anonymous_id, person_id"
            " from intermediate.int_visitor_identifications"
            " order by occurred_at desc, receipt_id desc"
        ):
            # Of a visitor who was several people, the first.
            persons["visitor", row["anonymous_id"]] = row["person_id"]
        for row in self.rows(
            "select receipt_type, receipt_id, person_id"
            " from intermediate.int_interactions where person_id is not null"
        ):
            persons[row["receipt_type"], row["receipt_id"]] = row["person_id"]
        return persons

    def person_key(self, row: dict[str, str]) -> str:
        """The key that the person of a row is found by in the exports."""
        found = self._connection.execute(
            "select first_key from intermediate.int_people where person_id = $id"
            " or person_id in"
            " (select person_id from marts.fct_funnel where pass_id = $id)",
            {"id": row.get("person_id") or row.get("pass_id")},
        ).fetchone()
        if found:
            return found[0]
        return row.get("opportunity_id") or row.get("anonymous_id") or "unknown"


def as_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(value)


@dataclass(frozen=True)
class Difference:
    """Rows under one key that the reference and the warehouse do not both have."""

    name: str
    person_key: str
    key: tuple[str, ...]
    lines: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(
            [
                f"- {self.person_key} {' '.join(self.key)}",
                *map("    ".__add__, self.lines),
            ]
        )


def answer_of(warehouse: Warehouse, name: str, expected: Rows) -> Rows:
    """The rows of the mart of an answer, with the columns of the reference."""
    table, _ = MARTS[name]
    return warehouse.rows(f"select {', '.join(expected[0])} from marts.{table}")


def assert_answer(warehouse: Warehouse, name: str, expected: Rows) -> None:
    """The mart of an answer has exactly the rows of the reference."""
    assert expected, f"the reference has no {name}"
    actual = answer_of(warehouse, name, expected)
    assert_same_rows(warehouse, name, expected, actual, MARTS[name][1])


def assert_same_rows(
    warehouse: Warehouse, name: str, expected: Rows, actual: Rows, key: tuple[str, ...]
) -> None:
    """Fail with the first five rows that differ, side by side."""
    found = differences(warehouse, name, expected, actual, key)
    print(f"{name}: {len(expected)} rows, {len(actual)} in SQL, {len(found)} differ")
    if found:
        lines = [f"{name}: {len(found)} of {len(expected)} differ"]
        lines += [str(difference) for difference in found[:5]]
        pytest.fail("\n".join(lines), pytrace=False)


def differences(
    warehouse: Warehouse, name: str, expected: Rows, actual: Rows, key: tuple[str, ...]
) -> list[Difference]:
    """What only one of both has, by the key of the rows and in its order."""
    columns = list((expected or actual)[0]) if expected or actual else []
    wanted = Counter(tuple(row[column] for column in columns) for row in expected)
    found = Counter(tuple(row[column] for column in columns) for row in actual)
    by_key: dict[tuple[str, ...], list[list[tuple[str, ...]]]] = defaultdict(
        lambda: [[], []]
    )
    for side, rows in enumerate((wanted - found, found - wanted)):
        for values in rows.elements():
            row = dict(zip(columns, values, strict=True))
            by_key[tuple(row[column] for column in key)][side].append(values)
    answer = []
    for one_key, (ours, theirs) in sorted(by_key.items()):
        row = dict(zip(columns, (ours or theirs)[0], strict=True))
        lines = []
        for reference, sql in zip_longest(ours, theirs):
            if reference is None or sql is None:
                lines += [f"reference {reference}", f"SQL       {sql}"]
                continue
            lines += [
                f"{column}: reference {one!r}, SQL {other!r}"
                for column, one, other in zip(columns, reference, sql, strict=True)
                if one != other
            ]
        answer.append(
            Difference(name, warehouse.person_key(row), one_key, tuple(lines))
        )
    return answer


def is_near(one: str, other: str) -> bool:
    """Whether points are the same but for the rounding of each rule."""
    if not one or not other:
        return one == other
    return abs(Decimal(one) - Decimal(other)) <= POINTS_TOLERANCE


def with_near_points(expected: Rows, actual: Rows, key: tuple[str, ...]) -> Rows:
    """The rows of the reference, with the warehouse's points where they are near."""
    by_key = {tuple(row[column] for column in key): row for row in actual}
    answer = []
    for row in expected:
        other = by_key.get(tuple(row[column] for column in key), {})
        points = {
            name: other[name]
            for name in POINTS
            if name in other and is_near(row[name], other[name])
        }
        answer.append(row | points)
    return answer


def mql_differences(warehouse: Warehouse, expected: Rows) -> list[Difference]:
    """What differs in the computed MQLs; points may differ in the sixth decimal."""
    columns = ", ".join(expected[0])
    actual = warehouse.rows(f"select {columns} from intermediate.int_mql_events")
    key = ("pass_id",)
    near = with_near_points(expected, actual, key)
    return differences(warehouse, "mql_events", near, actual, key)


def score_differences(warehouse: Warehouse, answers: Answers) -> list[Difference]:
    """What differs in the scores up to the MQL, which is how far the reference goes.

    At its very end the pass has no score any more; the reference looks at it all the
    same.
    """
    ends = {(pass_.pass_id, pass_.closed_at) for pass_ in answers.passes}
    expected = [
        {
            "pass_id": evaluation.pass_id,
            "evaluated_at": as_text(evaluation.occurred_at),
            "fit_points": f"{evaluation.score.fit:.6f}",
            "behaviour_points": f"{evaluation.score.behaviour:.6f}",
            "total_points": f"{evaluation.score.total:.6f}",
        }
        for evaluation in answers.evaluations
        if (evaluation.pass_id, evaluation.occurred_at) not in ends
    ]
    if not expected:
        return []
    key = ("pass_id", "evaluated_at")
    asked = {tuple(row[column] for column in key) for row in expected}
    actual = [
        row
        for row in warehouse.rows(
            f"select {', '.join(expected[0])} from marts.fct_scores"
        )
        if tuple(row[column] for column in key) in asked
    ]
    near = with_near_points(expected, actual, key)
    return differences(warehouse, "scores", near, actual, key)


def booking_differences(warehouse: Warehouse, answers: Answers) -> list[Difference]:
    """What differs in what was signed, refunded and taken back."""
    expected = [
        dict(
            zip(
                BOOKING_COLUMNS,
                (
                    booking.booking_id,
                    booking.opportunity_id,
                    booking.contract_id,
                    booking.kind,
                    "credit_note" if booking.kind == "refund" else "contract",
                    booking.receipt_id,
                    f"{booking.amount:.2f}",
                    booking.currency,
                    in_euro(booking.cents),
                    booking.booked_on.isoformat(),
                ),
                strict=True,
            )
        )
        for bookings in answers.journeys.bookings().values()
        for booking in bookings
    ]
    actual = warehouse.rows(
        f"select {', '.join(BOOKING_COLUMNS)} from marts.fct_bookings"
    )
    return differences(warehouse, "bookings", expected, actual, ("booking_id",))


def credit_differences(warehouse: Warehouse, answers: Answers) -> list[Difference]:
    """What differs in the credits of revenue and of pipeline.

    The reference has the models that look at the places of touches.
    """
    journeys = answers.journeys
    found = []
    for name, mart, credits in (
        ("credits", "fct_touch_credits", journeys.credits()),
        ("pipeline_credits", "fct_pipeline_credits", journeys.pipeline_credits()),
    ):
        expected = [
            dict(
                zip(
                    CREDIT_COLUMNS,
                    (
                        credit.attribution_model,
                        credit.opportunity_id,
                        as_text(credit.touch_id),
                        as_text(credit.person_id),
                        credit.channel,
                        as_text(credit.touch_number),
                        f"{Decimal(credit.share_millionths) / 1_000_000:.6f}",
                        in_euro(credit.cents),
                    ),
                    strict=True,
                )
            )
            for credit in credits
        ]
        actual = [
            row
            for row in warehouse.rows(
                f"select {', '.join(CREDIT_COLUMNS)} from marts.{mart}"
            )
            if row["attribution_model"] in journeys.models
        ]
        key = ("opportunity_id", "attribution_model", "touch_id")
        found += differences(warehouse, name, expected, actual, key)
    return found


def booking_credit_differences(
    warehouse: Warehouse, answers: Answers
) -> list[Difference]:
    """What differs in the credits of each contract, refund and reversal.

    Credits of a deal can be right while its bookings have each other's cents.
    """
    expected = [
        dict(
            zip(
                BOOKING_CREDIT_COLUMNS,
                (
                    credit.attribution_model,
                    credit.definition_version,
                    credit.booking.booking_id,
                    credit.booking.opportunity_id,
                    credit.booking.contract_id,
                    credit.booking.kind,
                    credit.booking.booked_on.isoformat(),
                    as_text(credit.touch_id),
                    as_text(credit.person_id),
                    credit.channel,
                    as_text(credit.touch_number),
                    in_euro(credit.cents),
                ),
                strict=True,
            )
        )
        for credit in answers.journeys.booking_credits()
    ]
    actual = [
        row
        for row in warehouse.rows(
            f"select {', '.join(BOOKING_CREDIT_COLUMNS)} from marts.fct_booking_credits"
        )
        if row["attribution_model"] in answers.journeys.models
    ]
    key = ("opportunity_id", "booking_id", "attribution_model", "touch_id")
    return differences(warehouse, "booking_credits", expected, actual, key)


def opportunity_differences(warehouse: Warehouse, answers: Answers) -> list[Difference]:
    """What differs in the deals: whose, how they ended, by whose doing, how much."""
    expected = [
        dict(
            zip(
                OPPORTUNITY_COLUMNS,
                map(
                    as_text,
                    (
                        deal.opportunity_id,
                        deal.account_id,
                        deal.owner_user_id,
                        deal.primary_pass_id,
                        deal.primary_person_id,
                        deal.crm_stage_name,
                        deal.outcome,
                        deal.crm_loss_reason,
                        deal.sourced_by,
                        None if deal.amount is None else f"{deal.amount:.2f}",
                        deal.currency,
                        in_euro(deal.booked_cents),
                        in_euro(deal.closed_cents),
                        deal.person_count,
                        deal.touch_counts["marketing"],
                        deal.touch_counts["sales"],
                        deal.assist_counts["marketing"],
                        deal.assist_counts["sales"],
                        deal.touch_counts["marketing"] > 0,
                        deal.touch_counts["sales"] > 0,
                        deal.reversed_at is not None,
                        deal.close_date,
                        deal.closed_on,
                        deal.created_at,
                        deal.created_month,
                        deal.won_at,
                        deal.lost_at,
                        deal.reversed_at,
                    ),
                ),
                strict=True,
            )
        )
        for deal in answers.deals.answers()
    ]
    actual = warehouse.rows(
        f"select {', '.join(OPPORTUNITY_COLUMNS)} from marts.fct_opportunities"
    )
    return differences(
        warehouse, "opportunities", expected, actual, ("opportunity_id",)
    )


def touch_differences(warehouse: Warehouse, answers: Answers) -> list[Difference]:
    """What differs in the touches, those of strangers too."""
    journeys = answers.journeys
    touches = journeys.touches_of_strangers()
    for of_person in journeys.all_touches.values():
        touches += of_person
    expected = [
        dict(
            zip(
                TOUCH_COLUMNS,
                map(
                    as_text,
                    (
                        touch.touch_id,
                        touch.person_id,
                        touch.visitor,
                        touch.visit_id,
                        touch.campaign_id,
                        touch.touch_type,
                        touch.channel,
                        touch.team,
                        touch.assist_team,
                        touch.can_earn,
                        touch.occurred_at,
                    ),
                ),
                strict=True,
            )
        )
        for touch in touches
    ]
    actual = warehouse.rows(f"select {', '.join(TOUCH_COLUMNS)} from marts.fct_touches")
    return differences(warehouse, "touches", expected, actual, ("touch_id",))


def in_euro(cents: int | None) -> str:
    if cents is None:
        return ""
    return f"{Decimal(cents) / 100:.2f}"


def assert_same_mqls(warehouse: Warehouse, expected: Rows) -> None:
    """Every computed MQL has its instant, its trigger and, nearly, its points."""
    assert expected, "the reference has no MQL"
    found = mql_differences(warehouse, expected)
    print(f"mql_events: {len(expected)} rows, {len(found)} differ")
    if found:
        pytest.fail("\n".join(str(one) for one in found[:5]), pytrace=False)
