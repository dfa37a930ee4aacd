"""Conversion of three million passes: the project's SQL against lifelines.

Both read one Parquet file and give, for every weekly cohort and age in days, the share
still open and the shares that ended in either way. The SQL gives the variance as well.
What has to be beaten is lifelines without it, for it takes a loop per age there;
lifelines with it is measured beside that.

    python -m benchmarks.survival
"""

from __future__ import annotations

import argparse
import datetime
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from benchmarks.measuring import PROJECT, Figure, Report, measure

SEED = 20261125
ROW_COUNT = 3_000_000
# Weekly cohorts of two years, each followed for two months at most.
COHORT_COUNT = 104
LONGEST_DAYS = 60
LEAST_RATIO = 30
GREATEST_DIFFERENCE = 1e-8

EVENT, COMPETING = 1, 2
ESTIMATES = ["survival", "event_incidence", "competing_incidence", "event_variance"]

# Equal passes are counted first, so that three million rows are read for one count.
ESTIMATOR = """
with

equal_people as (

    select
        cohort,
        {age},
        fate,
        count(*) as people

    from people

    group by cohort, {age}, fate

),

estimates as (

    {{{{ aalen_johansen(
        'equal_people', groups=['cohort'], age='{age}',
        events='case when fate = 1 then people else 0 end',
        competing='case when fate = 2 then people else 0 end',
        censored='case when fate = 0 then people else 0 end',
    ) }}}}

)

select * from estimates
"""

Work = Callable[[], int]


def make_people(file: Path) -> None:
    """Write the passes: cohort, age and fate.

    The event falls on odd days and the other end on even ones: where both fall on one
    day lifelines moves people about at random, so there would be nothing to compare.
    """
    chance = np.random.default_rng(SEED)
    followed = chance.integers(1, LONGEST_DAYS + 1, ROW_COUNT)
    reaching = chance.exponential(60, ROW_COUNT).astype(np.int64) * 2 + 1
    ending = chance.exponential(40, ROW_COUNT).astype(np.int64) * 2 + 2
    age = np.minimum(np.minimum(reaching, ending), followed)
    people = pd.DataFrame(
        {
            "cohort": chance.integers(0, COHORT_COUNT, ROW_COUNT).astype(np.int16),
            "age_days": age.astype(np.int32),
            "age_seconds": age * 86_400 - chance.integers(0, 86_400, ROW_COUNT),
            "fate": np.select(
                [reaching == age, ending == age], [EVENT, COMPETING], default=0
            ).astype(np.int8),
        }
    )
    people.to_parquet(file, index=False)


def compile_estimator(age: str, folder: Path) -> str:
    """The estimator over the relation `people`, as dbt renders it."""
    compiled = subprocess.run(
        [
            str(Path(sys.executable).with_name("dbt")),
            *("compile", "--quiet", "--inline", ESTIMATOR.format(age=age)),
            *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
            *("--target-path", str(folder / "target")),
            *("--log-path", str(folder / "logs")),
        ],
        env={**os.environ, "ONE_FUNNEL_DATABASE": str(folder / "one_funnel.duckdb")},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return compiled.stdout


def ours(people: str, query: str, answer: str) -> Work:
    """The SQL on the file; the work gives the number of estimates."""
    connection = duckdb.connect()
    connection.execute(f"create view people as from read_parquet('{people}')")
    sql = Path(query).read_text(encoding="utf-8")

    def work() -> int:
        connection.execute(f"copy ({sql}) to '{answer}' (format parquet)")
        return connection.sql(f"from '{answer}'").shape[0]

    return work


def lifelines(people: str, answer: str, with_variance: bool) -> Work:
    """Every cohort of the file fitted; the work gives the number of estimates."""
    from lifelines import AalenJohansenFitter, KaplanMeierFitter

    def fit(passes: pd.DataFrame) -> pd.DataFrame:
        ages, fates = passes["age_days"], passes["fate"]
        columns = {
            "survival": KaplanMeierFitter()
            .fit(ages, fates > 0)
            .survival_function_["KM_estimate"]
        }
        for fate, name in ((EVENT, "event"), (COMPETING, "competing")):
            has_variance = with_variance and fate == EVENT
            fitter = AalenJohansenFitter(calculate_variance=has_variance)
            # The logarithm of the share at age 0, which is none.
            with np.errstate(divide="ignore", invalid="ignore"):
                fitter.fit(ages, fates, event_of_interest=fate)
            columns[f"{name}_incidence"] = fitter.cumulative_density_.iloc[:, 0]
            if has_variance:
                columns["event_variance"] = fitter.variance_
        return pd.DataFrame(columns).iloc[1:].rename_axis("age_days").reset_index()

    def work() -> int:
        rows = pd.read_parquet(people, columns=["cohort", "age_days", "fate"])
        estimates = pd.concat(
            [
                fit(passes).assign(cohort=cohort)
                for cohort, passes in rows.groupby("cohort")
            ]
        )
        estimates.to_parquet(answer, index=False)
        return len(estimates)

    return work


def largest_difference(ours_file: Path, theirs_file: Path) -> float:
    """The greatest difference between two answers, which must have the same rows."""
    mine, peer = (
        pd.read_parquet(file)
        .astype({"cohort": "int64", "age_days": "int64"})
        .set_index(["cohort", "age_days"])
        .sort_index()
        for file in (ours_file, theirs_file)
    )
    if not mine.index.equals(peer.index):
        raise SystemExit("The two answers are not of the same cohorts and ages.")
    columns = [column for column in ESTIMATES if column in peer]
    return float((mine[columns] - peer[columns]).abs().to_numpy().max())


def compare(report: Report, folder: Path) -> None:
    """Run both sides, and report what they took and whether they agree."""
    people = folder / "people.parquet"
    make_people(people)
    answers = {}
    seconds = {}
    for age in ("age_days", "age_seconds"):
        query = folder / f"{age}.sql"
        query.write_text(compile_estimator(age, folder), encoding="utf-8")
        answers[age] = folder / f"{age}.parquet"
        seconds[age] = measure(
            "benchmarks.survival:ours",
            people=str(people),
            query=str(query),
            answer=str(answers[age]),
        ).cpu_seconds
    for with_variance, runs in ((False, 3), (True, 1)):
        name = "with variance" if with_variance else "without variance"
        answers[name] = folder / f"lifelines-{with_variance}.parquet"
        seconds[name] = measure(
            "benchmarks.survival:lifelines",
            runs=runs,
            people=str(people),
            answer=str(answers[name]),
            with_variance=with_variance,
        ).cpu_seconds

    report.add(Figure("our SQL, ages in days, with variance", seconds["age_days"], "s"))
    report.add(Figure("our SQL, ages in seconds", seconds["age_seconds"], "s"))
    for name in ("without variance", "with variance"):
        report.add(Figure(f"lifelines, ages in days, {name}", seconds[name], "s"))
    report.add(
        Figure(
            "lifelines without variance / ours",
            seconds["without variance"] / seconds["age_days"],
            "times",
            at_least=LEAST_RATIO,
        )
    )
    report.add(
        Figure(
            "lifelines with variance / ours",
            seconds["with variance"] / seconds["age_days"],
            "times",
            at_least=LEAST_RATIO,
        )
    )
    report.add(
        Figure(
            "greatest difference, in units of 1e-8",
            max(
                largest_difference(answers["age_days"], answers[name])
                for name in ("without variance", "with variance")
            )
            / GREATEST_DIFFERENCE,
            "1e-8",
            at_most=1,
        )
    )


def main() -> int:
    """Measure, write the figures under their day, and fail when a bound is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.parse_args()
    report = Report("survival", ("duckdb", "lifelines", "numpy", "pandas"))
    with tempfile.TemporaryDirectory() as folder:
        compare(report, Path(folder))
    print(report.write(datetime.datetime.now(tz=datetime.UTC).date()))
    return int(any(figure.verdict == "MISSED" for figure in report.figures))


if __name__ == "__main__":
    raise SystemExit(main())
