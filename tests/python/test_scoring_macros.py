"""The macros of the score, each by value: what a call returns, to the last decimal."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import duckdb
import pytest

from conftest import MakeDbt

NULL = "cast(null as decimal(18, 6))"

CASES: dict[str, tuple[str, Any]] = {
    "points have six decimals": (
        "as_points('17.12719')",
        Decimal("17.127190"),
    ),
    "points are rounded to the nearer decimal": (
        "as_points('7.0710678118654755')",
        Decimal("7.071068"),
    ),
    "a tie goes away from zero": (
        "as_points('-0.0000005')",
        Decimal("-0.000001"),
    ),
    "points of nothing are nothing": (f"as_points('{NULL}')", None),
    "a new event has all its points": (
        "decayed_points('20', '0', '30')",
        Decimal("20.000000000000000"),
    ),
    "five days of a half-life of thirty": (
        "as_points(decayed_points('8', '5 * 86400', '30'))",
        Decimal("7.127190"),
    ),
    "a half-life halves": (
        "decayed_points('10', '14 * 86400', '14')",
        Decimal("5.000000000000000"),
    ),
    "a second counts": (
        "as_points(decayed_points('40', '1', '30'))",
        Decimal("39.999989"),
    ),
    "points as a decimal and half-life as a whole number": (
        "as_points(decayed_points('cast(25 as decimal(18, 6))', '45 * 86400', '30'))",
        Decimal("8.838835"),
    ),
    "without a half-life nothing fades": (
        "decayed_points('-20', '1000 * 86400', 'cast(null as integer)')",
        Decimal("-20.000000000000000"),
    ),
    "of no points nothing is left": (
        f"decayed_points('{NULL}', '86400', '30')",
        None,
    ),
    "points of an unknown age are unknown": (
        "decayed_points('8', 'cast(null as bigint)', '30')",
        None,
    ),
    "what rounds up to the last decimal is worth points": (
        "is_worth_points('0.0000005')",
        True,
    ),
    "what rounds to zero is worth none": ("is_worth_points('0.0000004999')", False),
    "a penalty is worth points as well": ("is_worth_points('-0.0000005')", True),
    "points that are not known are worth nothing known": (
        f"is_worth_points('{NULL}')",
        None,
    ),
    "a value above the ceiling is the ceiling": ("clamp('75', '-40', '60')", 60),
    "a value below the floor is the floor": ("clamp('-75', '-40', '60')", -40),
    "a value between the bounds stays": ("clamp('53', '-40', '60')", 53),
    "a bound itself stays": ("clamp('60', '-40', '60')", 60),
    "a missing value is no bound": (
        "clamp('cast(null as integer)', '-40', '60')",
        None,
    ),
    "a missing bound does not bind": (
        "clamp('75', '-40', 'cast(null as integer)')",
        75,
    ),
    "a band has its lower bound": ("is_in_band('45', '45', '60')", True),
    "a band lacks its upper bound": ("is_in_band('45', '30', '45')", False),
    "a band lacks what lies below it": ("is_in_band('29.9', '30', '45')", False),
    "the highest band has no end": (
        "is_in_band('1000', '45', 'cast(null as integer)')",
        True,
    ),
    "a missing value is in no known band": (
        "is_in_band('cast(null as integer)', '30', '45')",
        None,
    ),
}


@pytest.fixture(scope="module")
def values(make_dbt: MakeDbt) -> dict[str, Any]:
    """What each case's call returns; all are compiled in one go, for dbt is slow."""
    calls = ", ".join(f"{{{{ {call} }}}}" for call, _ in CASES.values())
    outcome = make_dbt()("compile", "--inline", f"select {calls}")
    sql = outcome.result.results[0].node.compiled_code
    with duckdb.connect() as connection:
        row = connection.execute(sql).fetchone()
    assert row is not None
    return dict(zip(CASES, row, strict=True))


@pytest.mark.parametrize("case", CASES)
def test_macro_returns_what_its_description_says(
    case: str, values: dict[str, Any]
) -> None:
    """Value and number of decimals are those of the case."""
    expected = CASES[case][1]
    assert values[case] == expected
    assert str(values[case]) == str(expected)


def test_golden_decay(make_dbt: MakeDbt) -> None:
    """25, 40 and 15 points of 45, 10 and 0 days ago; 30 idle days halve their sum."""
    events = "(values (25, 45), (40, 10), (15, 0)) as events(points, age_days)"
    sums = ", ".join(
        "{{ as_points('sum(' ~ decayed_points("
        f"'points', '(age_days + {idle_days}) * 86400', '30') ~ ')') }}}}"
        for idle_days in (0, 30)
    )
    outcome = make_dbt()("compile", "--inline", f"select {sums} from {events}")
    sql = outcome.result.results[0].node.compiled_code
    with duckdb.connect() as connection:
        row = connection.execute(sql).fetchone()
    assert row == (Decimal("55.586856"), Decimal("27.793428"))
