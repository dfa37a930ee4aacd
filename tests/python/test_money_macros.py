"""The macros of money and of the local month, by value."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from conftest import MakeDbt

NO_RATE = "cast(null as decimal(18, 8))"
DAY = "date '2026-03-02'"

CASES: dict[str, tuple[str, Any]] = {
    "an amount goes at the rate of its day": (
        f"""convert_to_eur('100.00', "'GBP'", '1.17000000', "{DAY}")""",
        Decimal("117.00"),
    ),
    "half a cent goes away from zero": (
        f"""convert_to_eur('-0.10', "'USD'", '0.85000000', "{DAY}")""",
        Decimal("-0.09"),
    ),
    "micros are not cut before they are converted": (
        f"""convert_to_eur('0.004', "'USD'", '1.25000000', "{DAY}")""",
        Decimal("0.01"),
    ),
    "ten billion fit": (
        f"""convert_to_eur('9999999999.99', "'GBP'", '1.20000000', "{DAY}")""",
        Decimal("11999999999.99"),
    ),
    "an amount in euros needs no rate": (
        f"""convert_to_eur('12.34', "'EUR'", '{NO_RATE}', "{DAY}")""",
        Decimal("12.34"),
    ),
    "no amount is no amount": (
        f"""convert_to_eur('cast(null as decimal(18, 2))', "'GBP'", '{NO_RATE}',"""
        f""" "{DAY}")""",
        None,
    ),
    "a cost of each has two decimals": (
        "cost_per('cast(200.00 as decimal(18, 2))', '3')",
        Decimal("66.67"),
    ),
    "half a cent of a cost goes away from zero too": (
        "cost_per('cast(1053.61 as decimal(18, 2))', '2')",
        Decimal("526.81"),
    ),
    "a cost of none is no cost": (
        "cost_per('cast(200.00 as decimal(18, 2))', '0')",
        None,
    ),
    "no cost is not a cost of nothing": (
        "cost_per('cast(null as decimal(18, 2))', '3')",
        None,
    ),
    "the month begins locally": (
        """local_month("timestamptz '2026-10-31 23:30:00+00'")""",
        datetime.date(2026, 11, 1),
    ),
    "in summer it begins two hours before UTC": (
        """local_month("timestamptz '2026-07-31 22:00:00+00'")""",
        datetime.date(2026, 8, 1),
    ),
    "until then it is the old one": (
        """local_month("timestamptz '2026-07-31 21:59:59+00'")""",
        datetime.date(2026, 7, 1),
    ),
}


def evaluate(make_dbt: MakeDbt, *calls: str) -> tuple[Any, ...]:
    """What calls of macros return, on an engine in a zone that is nobody's."""
    expressions = ", ".join(f"{{{{ {call} }}}}" for call in calls)
    outcome = make_dbt()("compile", "--inline", f"select {expressions}")
    sql = outcome.result.results[0].node.compiled_code
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'America/New_York'")
        row = connection.execute(sql).fetchone()
    assert row is not None
    return row


@pytest.fixture(scope="module")
def values(make_dbt: MakeDbt) -> dict[str, Any]:
    """What each case's call returns; all are compiled in one go, for dbt is slow."""
    row = evaluate(make_dbt, *(call for call, _ in CASES.values()))
    return dict(zip(CASES, row, strict=True))


@pytest.mark.parametrize("case", CASES)
def test_macro_returns_what_its_description_says(
    case: str, values: dict[str, Any]
) -> None:
    assert values[case] == CASES[case][1]


@pytest.mark.parametrize(
    ("currency", "named"),
    [("'GBP'", "GBP on 2026-03-02"), ("cast(null as varchar)", "without a currency")],
)
def test_a_missing_rate_stops_the_build_and_names_the_day(
    make_dbt: MakeDbt, currency: str, named: str
) -> None:
    call = f"""convert_to_eur('1', "{currency}", '{NO_RATE}', "{DAY}")"""
    with pytest.raises(duckdb.Error, match=named):
        evaluate(make_dbt, call)
