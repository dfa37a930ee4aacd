"""The macros of conversion, each by value, and the estimator against two judges.

lifelines judges it where no two people end in different ways at one age, which it can
only guess at; a plain loop over the definition judges the rest.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import duckdb
import numpy as np
import pandas as pd
import pytest
from lifelines import AalenJohansenFitter, KaplanMeierFitter
from scipy import stats

from conftest import MakeDbt

CENSORED, EVENT, COMPETING = 0, 1, 2
# A row that only asks for its age.
NOBODY = 9
SEEDS = range(24)
Z_95 = stats.norm.ppf(0.975)

# Age in days and what became of the lead.
TEN_LEADS = [
    (5, EVENT),
    (12, COMPETING),
    (12, EVENT),
    (20, CENSORED),
    (30, COMPETING),
    (33, EVENT),
    (40, CENSORED),
    (41, COMPETING),
    (60, EVENT),
    (70, CENSORED),
]

# Reached, of how many, and the bounds of 95 %.
WILSON = [
    (3, 10, 0.107791, 0.603222),
    (0, 5, 0.0, 0.434482),
    (5, 5, 0.565518, 1.0),
    (30, 100, 0.218949, 0.395849),
]

Estimate = Callable[[pd.DataFrame], pd.DataFrame]


@dataclass(frozen=True)
class Row:
    """What a plain loop says of one age."""

    age: int
    at_risk: int
    survival: float
    event_incidence: float
    competing_incidence: float
    event_variance: float


QUERIES = {
    "estimates": """
        {{ aalen_johansen(
            'people', groups=['sample'], age='age',
            events='case when fate = 1 then 1 else 0 end',
            competing='case when fate = 2 then 1 else 0 end',
            censored='case when fate = 0 then 1 else 0 end',
        ) }}
    """,
    "weekly_estimates": """
        {{ aalen_johansen(
            'people', groups=['sample'], age='age',
            events='case when fate = 1 then 1 else 0 end',
            competing='case when fate = 2 then 1 else 0 end',
            censored='case when fate = 0 then 1 else 0 end',
            period='week',
        ) }}
    """,
    "logarithms": "select {{ log_of_share_left('ended', 'at_risk') }} as log from ends",
    "quantiles": "select p, {{ normal_quantile('p') }} as quantile from chances",
    "intervals": """
        select
            {{ wilson_lower('share', 'size', 'quantile') }} as lower_bound,
            {{ wilson_upper('share', 'size', 'quantile') }} as upper_bound
        from shares
    """,
    "polynomial": "select {{ polynomial(['1', '2', '3'], '10') }} as value",
}
BETWEEN = "-- the next query"


@pytest.fixture(scope="module")
def queries(make_dbt: MakeDbt) -> dict[str, str]:
    """The queries as SQL; all are compiled in one go, for dbt is slow."""
    text = f"\n{BETWEEN}\n".join(QUERIES.values())
    outcome = make_dbt()("compile", "--inline", text)
    compiled = outcome.result.results[0].node.compiled_code.split(BETWEEN)
    return dict(zip(QUERIES, compiled, strict=True))


@pytest.fixture(scope="module")
def estimate(queries: dict[str, str]) -> Estimate:
    """Estimates of people with a sample, an age and a fate, in order."""

    def run(people: pd.DataFrame) -> pd.DataFrame:
        rows = answer(queries["estimates"], people=people)
        return rows.sort_values(["sample", "age"], ignore_index=True)

    return run


def answer(query: str, **tables: pd.DataFrame) -> pd.DataFrame:
    """Rows of a query on these tables."""
    with duckdb.connect() as connection:
        for name, rows in tables.items():
            connection.register(name, rows)
        return connection.sql(query).df()


def people_of(*samples: list[tuple[float, int]]) -> pd.DataFrame:
    """Samples of ages and fates, one under the other, numbered from 0."""
    return pd.DataFrame(
        [
            (number, age, fate)
            for number, sample in enumerate(samples)
            for age, fate in sample
        ],
        columns=["sample", "age", "fate"],
    )


def by_definition(sample: list[tuple[int, int]]) -> list[Row]:
    """The estimates by the sums of their definition, in exact fractions."""
    ages = sorted({age for age, _ in sample})
    survival = Fraction(1)
    reached = ended_otherwise = Fraction(0)
    # Per age: n, d, events, share open before, share reached by then.
    past: list[tuple[int, int, int, Fraction, Fraction]] = []
    rows: list[Row] = []
    for age in ages:
        at_risk = sum(1 for other, _ in sample if other >= age)
        events = sample.count((age, EVENT))
        competing = sample.count((age, COMPETING))
        ended = events + competing
        reached += survival * Fraction(events, at_risk)
        ended_otherwise += survival * Fraction(competing, at_risk)
        past.append((at_risk, ended, events, survival, reached))
        survival *= 1 - Fraction(ended, at_risk)
        variance = sum(
            (
                ((reached - then) ** 2 * Fraction(d, n * (n - d)) if d < n else 0)
                + open_before**2 * Fraction(e * (n - e), n**3)
                - 2 * (reached - then) * open_before * Fraction(e, n**2)
                for n, d, e, open_before, then in past
            ),
            start=Fraction(0),
        )
        rows.append(
            Row(
                age,
                at_risk,
                float(survival),
                float(reached),
                float(ended_otherwise),
                float(variance),
            )
        )
    return rows


def sample_without_mixed_ties(seed: int) -> list[tuple[int, int]]:
    """Some people, every age its own; of every third sample nobody stays open."""
    chance = np.random.default_rng(seed)
    size = int(chance.integers(5, 80))
    ages = chance.permutation(np.arange(1, 10 * size))[:size]
    shares = [0.0, 0.6, 0.4] if seed % 3 == 0 else [0.4, 0.35, 0.25]
    fates = chance.choice([CENSORED, EVENT, COMPETING], p=shares, size=size)
    return [(int(age), int(fate)) for age, fate in zip(ages, fates, strict=True)]


def sample_with_ties(seed: int) -> list[tuple[int, int]]:
    """Some people whose ages fall on few days, the first day included."""
    chance = np.random.default_rng(1000 + seed)
    size = int(chance.integers(5, 200))
    ages = chance.integers(0, 25, size)
    shares = [0.0, 0.5, 0.5] if seed % 3 == 0 else [0.3, 0.4, 0.3]
    fates = chance.choice([CENSORED, EVENT, COMPETING], p=shares, size=size)
    return [(int(age), int(fate)) for age, fate in zip(ages, fates, strict=True)]


def test_golden_ten_leads(estimate: Estimate) -> None:
    last = estimate(people_of(TEN_LEADS)).iloc[-1]
    assert last["events_so_far"] / last["group_size"] == 0.4
    assert round(last["events_so_far"] / last["ended_so_far"], 4) == 0.5714
    assert round(last["event_incidence"], 6) == 0.472222
    assert round(last["competing_incidence"], 6) == 0.372222
    assert round(last["survival"], 6) == 0.155556


def test_taking_the_lost_for_censored_says_too_much(estimate: Estimate) -> None:
    leads = [
        (age, EVENT if fate == EVENT else CENSORED) for age, fate in sorted(TEN_LEADS)
    ]
    last = estimate(people_of(leads)).iloc[-1]
    assert round(last["event_incidence"], 6) == 0.68
    # Greenwood's; with one way to end it is what the general variance comes to.
    assert round(math.sqrt(last["event_variance"]), 4) == 0.2427


def test_estimates_are_those_of_lifelines(estimate: Estimate) -> None:
    samples = [sample_without_mixed_ties(seed) for seed in SEEDS]
    ours = estimate(people_of(*samples))
    swapped = estimate(
        people_of(
            *(
                [(age, {EVENT: COMPETING, COMPETING: EVENT}.get(f, f)) for age, f in s]
                for s in samples
            )
        )
    )
    for number, sample in enumerate(samples):
        ages, fates = map(np.array, zip(*sample, strict=True))
        survival = KaplanMeierFitter().fit(ages, fates != CENSORED)
        expected_survival = survival.survival_function_["KM_estimate"].iloc[1:]
        for rows, fate in ((ours, EVENT), (swapped, COMPETING)):
            fitter = AalenJohansenFitter()
            # Its variance divides by zero where all at risk end, and skips the answer;
            # its bounds have no logarithm of zero.
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore", RuntimeWarning)
                fitter.fit(ages, fates, event_of_interest=fate)
            mine = rows[rows["sample"] == number]
            for column, expected in (
                ("event_incidence", fitter.cumulative_density_.iloc[1:, 0]),
                ("event_variance", fitter.variance_.iloc[1:]),
                ("survival", expected_survival),
            ):
                assert list(mine["age"]) == [int(age) for age in expected.index]
                np.testing.assert_allclose(
                    mine[column], expected, rtol=0, atol=1e-9, err_msg=column
                )


def test_estimates_with_ties_are_those_of_the_definition(estimate: Estimate) -> None:
    samples = [sample_with_ties(seed) for seed in SEEDS]
    ours = estimate(people_of(*samples))
    for number, sample in enumerate(samples):
        mine = ours[ours["sample"] == number]
        expected = pd.DataFrame(by_definition(sample))
        assert list(mine["age"]) == list(expected["age"])
        assert list(mine["at_risk"]) == list(expected["at_risk"])
        for column in (
            "survival",
            "event_incidence",
            "competing_incidence",
            "event_variance",
        ):
            np.testing.assert_allclose(
                mine[column], expected[column], rtol=0, atol=1e-9, err_msg=column
            )


def test_a_period_has_what_is_known_at_its_end(
    estimate: Estimate, queries: dict[str, str]
) -> None:
    people = people_of(*[sample_with_ties(seed) for seed in SEEDS])
    by_age = estimate(people)
    by_age["week"] = by_age["age"] // 7
    counts = ["event_count", "competing_count", "censored_count"]
    expected = by_age.groupby(["sample", "week"]).agg(
        {
            **{column: "last" for column in by_age if column not in ("sample", "age")},
            **dict.fromkeys(counts, "sum"),
            "at_risk": "first",
        }
    )
    weekly = answer(
        queries["weekly_estimates"], people=people.assign(week=people["age"] // 7)
    ).sort_values(["sample", "week"])
    assert list(weekly["week"]) == list(expected["week"])
    for column in weekly.columns.drop(["sample", "week"]):
        np.testing.assert_allclose(
            weekly[column], expected[column], rtol=1e-9, atol=1e-12, err_msg=column
        )


def test_logarithms_of_the_shares_left(queries: dict[str, str]) -> None:
    ends = pd.DataFrame({"ended": [0.0, 1.0, 4.0], "at_risk": [4.0, 4.0, 4.0]})
    logarithms = answer(queries["logarithms"], ends=ends)["log"]
    np.testing.assert_allclose(np.exp(logarithms), [1, 0.75, 0], atol=1e-15)


def test_when_all_at_risk_end_nothing_is_open(estimate: Estimate) -> None:
    rows = estimate(people_of([(1, EVENT), (2, EVENT), (2, COMPETING), (2, COMPETING)]))
    assert list(rows["survival"]) == [0.75, 0.0]
    np.testing.assert_allclose(rows["event_incidence"], [0.25, 0.5], atol=1e-12)
    np.testing.assert_allclose(rows["competing_incidence"], [0, 0.5], atol=1e-12)


def test_people_followed_to_their_end_count_in_full(estimate: Estimate) -> None:
    for seed in SEEDS:
        sample = [
            (age, fate) for age, fate in sample_with_ties(seed) if fate != CENSORED
        ]
        rows = estimate(people_of(sample))
        np.testing.assert_allclose(rows["effective_size"], len(sample), rtol=1e-9)


def test_who_left_our_sight_counts_in_part(estimate: Estimate) -> None:
    rows = estimate(people_of(TEN_LEADS))
    assert 7 < rows["effective_size"].iloc[-1] < 10
    nobody_reached = [(1, CENSORED), (2, COMPETING), (3, CENSORED), (4, CENSORED)]
    rows = estimate(people_of(nobody_reached))
    assert list(rows["effective_size"]) == [4, 3, 3, 2]


def test_beyond_the_last_in_sight_nothing_is_known(queries: dict[str, str]) -> None:
    asked = people_of([(5, CENSORED), (9, NOBODY)], [(5, EVENT), (9, NOBODY)])
    rows = answer(queries["estimates"], people=asked).query("age == 9")
    columns = ["survival", "event_incidence", "event_variance", "effective_size"]
    assert rows.loc[rows["sample"] == 0, columns].isna().all().all()
    assert rows.loc[rows["sample"] == 1, columns].to_numpy().tolist() == [[0, 1, 0, 1]]


def test_normal_quantile_is_good_to_fifteen_digits(queries: dict[str, str]) -> None:
    chances = pd.DataFrame({"p": [1e-300, 1e-20, 1e-9, 0.0005, 0.025, 0.075, 0.2]})
    chances = pd.concat([chances, 1 - chances[2:], chances * 0 + 0.5])
    rows = answer(queries["quantiles"], chances=chances)
    np.testing.assert_allclose(
        rows["quantile"], stats.norm.ppf(rows["p"]), rtol=1e-14, atol=1e-15
    )


def test_no_chance_and_certainty_have_no_quantile(queries: dict[str, str]) -> None:
    chances = pd.DataFrame({"p": [0.0, 1.0, -0.1, None]})
    assert answer(queries["quantiles"], chances=chances)["quantile"].isna().all()


def test_golden_wilson(queries: dict[str, str]) -> None:
    shares = pd.DataFrame(
        [(reached / size, size, Z_95) for reached, size, _, _ in WILSON],
        columns=["share", "size", "quantile"],
    )
    rows = answer(queries["intervals"], shares=shares)
    for (reached, size, lower, upper), row in zip(
        WILSON, rows.itertuples(), strict=True
    ):
        assert (round(row.lower_bound, 6), round(row.upper_bound, 6)) == (lower, upper)
        judge = stats.binomtest(reached, size).proportion_ci(0.95, method="wilson")
        assert row.lower_bound == pytest.approx(judge.low, abs=1e-12)
        assert row.upper_bound == pytest.approx(judge.high, abs=1e-12)


def test_share_of_nothing_has_no_interval(queries: dict[str, str]) -> None:
    shares = pd.DataFrame(
        {"share": [None, None, 0.5], "size": [0, 5, None], "quantile": [Z_95] * 3},
        dtype=float,
    )
    assert answer(queries["intervals"], shares=shares).isna().all().all()


def test_polynomial_begins_with_the_lowest_power(queries: dict[str, str]) -> None:
    assert answer(queries["polynomial"])["value"].tolist() == [321]
