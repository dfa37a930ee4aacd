"""The official conversion rate against worlds whose true rate is known.

In each world passes enter a step over a month, and every day each open one has a chance
of reaching the next stage and a chance of closing otherwise. The report is made while
the cohort is young: some have been followed for the horizon, most not yet.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd

SEED = 20261123
WORLD_COUNT = 200
# Of the agreement's steps: handover to SAL, SAL to SQL, inquiry to MQL, deal to win.
HORIZONS_DAYS = (14, 30, 90, 180)
COHORT_SIZES = (20, 300)
MONTH_DAYS = 30
# The report comes this long after the first pass of the cohort came to the horizon.
DAYS_PAST_HORIZON = (2, 16)
DAY_SECONDS = 86_400

QUERY = """
with

estimates as (

    {{ aalen_johansen(
        'people', groups=['cohort'], age='age_seconds', events='reached',
        competing='competed', censored='censored',
    ) }}

),

quantiles as (

    select {{ normal_quantile('0.975') }} as quantile

)

select
    estimates.*,
    quantiles.quantile,
    {{ wilson_lower('event_incidence', 'effective_size', 'quantile') }} as lower_bound,
    {{ wilson_upper('event_incidence', 'effective_size', 'quantile') }} as upper_bound

from estimates

cross join quantiles
"""


@dataclass(frozen=True)
class ConversionGrade:
    """How the rates of young cohorts compare to the true ones; shares, not percents.

    A bias is the mean of estimate less truth. A coverage is how often an interval of
    95 % held the truth: that of the report, and those of two other ways to make one.
    `unobserved_count` cohorts had no estimate at the horizon and are in no figure.
    """

    world_count: int
    cohort_count: int
    unobserved_count: int
    mean_true_rate: float
    bias: float
    naive_bias: float
    closed_only_bias: float
    coverage: float
    coverage_of_small: float
    coverage_of_large: float
    coverage_log_log: float
    coverage_plain: float


def grade_conversion(
    compile_sql: Callable[[str], str], seed: int = SEED
) -> ConversionGrade:
    """Draw the worlds, estimate all of them in one query, and compare.

    `compile_sql` renders SQL with the project's macros.
    """
    people, truth = _worlds(seed)
    with duckdb.connect() as connection:
        connection.register("people", people)
        estimates = connection.sql(compile_sql(QUERY)).df()
    at_horizon = estimates.merge(truth, on=["cohort", "age_seconds"], validate="1:1")
    assert len(at_horizon) == len(truth)
    return _compare(at_horizon)


def _worlds(seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Every pass as the report sees it, and the true rate of every cohort."""
    chance = np.random.default_rng(seed)
    parts: list[pd.DataFrame] = []
    truths: list[tuple[int, int, float]] = []
    for _ in range(WORLD_COUNT):
        for horizon in HORIZONS_DAYS:
            cohort = len(truths)
            reaching, competing = _hazards(chance, horizon)
            open_before = np.cumprod(1 - reaching - competing)
            open_before = np.concatenate([[1.0], open_before[:-1]])
            true_rate = float(np.sum((open_before * reaching)[:horizon]))
            people = _cohort(chance, horizon, reaching, competing)
            people["cohort"] = cohort
            parts.append(people)
            truths.append((cohort, horizon * DAY_SECONDS, true_rate))
    truth = pd.DataFrame(truths, columns=["cohort", "age_seconds", "true_rate"])
    asked = truth[["cohort", "age_seconds"]].assign(reached=0, competed=0, censored=0)
    return pd.concat([*parts, asked]), truth


def _hazards(
    chance: np.random.Generator, horizon: int
) -> tuple[np.ndarray, np.ndarray]:
    """The daily chances of reaching and of closing otherwise, for longer than needed.

    Reaching has a peak somewhere before the horizon; closing is likeliest early on.
    """
    days = np.arange(horizon + DAYS_PAST_HORIZON[1] + 1)
    peak = chance.uniform(0.4, 0.9) * horizon
    reaching = (
        chance.uniform(0.15, 1.8)
        / horizon
        * np.exp(-(((days - peak) / (0.4 * horizon)) ** 2))
    )
    competing = (
        chance.uniform(0.3, 1.2)
        / horizon
        * np.exp(-days / (chance.uniform(0.5, 1.5) * horizon))
    )
    return reaching, competing


def _cohort(
    chance: np.random.Generator,
    horizon: int,
    reaching: np.ndarray,
    competing: np.ndarray,
) -> pd.DataFrame:
    """The passes of one cohort, cut off at the report."""
    smallest, largest = np.log(COHORT_SIZES)
    size = int(np.exp(chance.uniform(smallest, largest)))
    report_day = horizon + chance.uniform(*DAYS_PAST_HORIZON)
    followed = report_day - chance.uniform(0, min(MONTH_DAYS, report_day), size)

    ended_by = 1 - np.cumprod(1 - reaching - competing)
    day = np.searchsorted(ended_by, chance.random(size), side="right")
    # Who has no day in the list ends after every report.
    lived = day + chance.random(size)
    day = np.minimum(day, len(ended_by) - 1)
    is_reaching = chance.random(size) < (reaching / (reaching + competing))[day]

    has_ended = lived <= followed
    age = np.where(has_ended, lived, followed)
    return pd.DataFrame(
        {
            "age_seconds": np.floor(age * DAY_SECONDS).astype(np.int64),
            "reached": (has_ended & is_reaching).astype(int),
            "competed": (has_ended & ~is_reaching).astype(int),
            "censored": (~has_ended).astype(int),
        }
    )


def _compare(at_horizon: pd.DataFrame) -> ConversionGrade:
    seen = at_horizon.dropna(subset=["event_incidence"])
    rate = seen["event_incidence"]
    truth = seen["true_rate"]
    naive = seen["events_so_far"] / seen["group_size"]
    closed_only = seen["events_so_far"] / seen["ended_so_far"].where(lambda n: n > 0)
    spread = seen["quantile"] * np.sqrt(seen["event_variance"])

    def coverage(lower: pd.Series, upper: pd.Series) -> float:
        return float(((lower <= truth) & (truth <= upper)).mean())

    is_held = (seen["lower_bound"] <= truth) & (truth <= seen["upper_bound"])
    is_small = seen["group_size"] < np.median(seen["group_size"])
    # Neither has a band where nobody reached the stage; that holds no truth.
    inner = rate.where((rate > 0) & (rate < 1))
    log_log = np.log(-np.log(inner))
    log_log_spread = spread / (inner * -np.log(inner))
    return ConversionGrade(
        world_count=WORLD_COUNT,
        cohort_count=len(seen),
        unobserved_count=len(at_horizon) - len(seen),
        mean_true_rate=float(truth.mean()),
        bias=float((rate - truth).mean()),
        naive_bias=float((naive - truth).mean()),
        closed_only_bias=float((closed_only - truth).mean()),
        coverage=float(is_held.mean()),
        coverage_of_small=float(is_held[is_small].mean()),
        coverage_of_large=float(is_held[~is_small].mean()),
        coverage_log_log=coverage(
            np.exp(-np.exp(log_log + log_log_spread)),
            np.exp(-np.exp(log_log - log_log_spread)),
        ),
        coverage_plain=coverage(rate - spread, rate + spread),
    )
