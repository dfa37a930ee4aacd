"""Who is who, against the floor of it: naming every key by a number, and every pair.

The graph of a world of three hundred thousand people, and a chain of a million keys in
which each is known by the next alone. The model is the project's own, run by dbt.

    python -m benchmarks.identity
"""

from __future__ import annotations

import argparse
import datetime
import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb

from benchmarks.measuring import (
    Figure,
    NodeCost,
    Report,
    dbt_job,
    make_world,
    measure,
)

PEOPLE = 300_000
# Few page views: they join nobody.
PAGE_VIEWS = 30_000
CHAIN = 1_000_000
PACKAGES = ("duckdb", "dbt-core", "dbt-duckdb")
MOST_FLOORS = 3.6
MODEL = "int_identity_components"


def make_chain(database: Path) -> None:
    """A chain of keys whose names say nothing of their places, as evidence."""
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"""
            create schema if not exists intermediate;
            create or replace table intermediate.int_identity_evidence as
            select
                'email:' || md5('key' || place) as key_a,
                'email:' || md5('key' || (place + 1)) as key_b,
                timestamptz '2026-01-01 00:00:00+00' as first_seen_at
            from range({CHAIN - 1}) as places (place);
        """)


def floor(database: str) -> Callable[[], int]:
    """Give each key a number, and each pair its numbers."""
    connection = duckdb.connect(database, read_only=True)

    def work() -> int:
        connection.execute("""
            create temp table keys as
            select key, row_number() over (order by key) as number
            from (
                select key_a as key from intermediate.int_identity_evidence
                union
                select key_b as key from intermediate.int_identity_evidence
            );
            create temp table pairs as
            select keys_a.number as number_a, keys_b.number as number_b
            from intermediate.int_identity_evidence as evidence
            inner join keys as keys_a on evidence.key_a = keys_a.key
            inner join keys as keys_b on evidence.key_b = keys_b.key;
        """)
        counted = connection.execute("select count(*) from pairs").fetchall()
        return int(counted[0][0])

    return work


def evidence(exports: str, home: str) -> Callable[[], object]:
    """Build all that the model reads."""
    command = ["build", "--select", f"+{MODEL}", "--exclude", MODEL]
    command += ["--exclude-resource-type", "test", "unit_test"]
    return dbt_job(Path(home), command, exports=exports)


def components(exports: str, home: str) -> Callable[[], float]:
    """Build the model that finds who is who; the answer is its CPU seconds alone."""
    work: Callable[[], list[NodeCost]] = dbt_job(
        Path(home), ["run", "--select", MODEL], exports=exports
    )

    def model() -> float:
        return next(
            seconds
            for unique_id, _, seconds, _ in work()
            if unique_id.endswith(f".{MODEL}")
        )

    return model


def people_of(database: Path) -> int:
    """How many components there are."""
    with duckdb.connect(str(database), read_only=True) as connection:
        counted = connection.execute(
            f"select count(distinct root) from intermediate.{MODEL}"
        ).fetchall()
    return int(counted[0][0])


def compare(report: Report, folder: Path) -> None:
    """Measure the model on both graphs, each beside its floor."""
    exports = make_world(folder / "exports", people=PEOPLE, page_views=PAGE_VIEWS)
    for graph in ("world", "chain"):
        home = folder / graph
        home.mkdir()
        database = home / "one_funnel.duckdb"
        if graph == "world":
            made = measure(
                "benchmarks.identity:evidence",
                runs=1,
                exports=str(exports),
                home=str(home),
            )
            report.add(Figure("world: evidence", made.cpu_seconds, "CPU s with dbt"))
        else:
            make_chain(database)
        lowest = measure("benchmarks.identity:floor", database=str(database))
        found = min(
            measure(
                "benchmarks.identity:components",
                runs=1,
                exports=str(exports),
                home=str(home),
            ).answer
            for _ in range(3)
        )
        report.add(
            Figure(
                f"{graph}: numbers for {lowest.answer} pairs",
                lowest.cpu_seconds,
                "CPU s",
            )
        )
        report.add(
            Figure(
                f"{graph}: who is who",
                found / lowest.cpu_seconds,
                "floors",
                at_most=MOST_FLOORS,
                note=f"{found:.2f} CPU s, {people_of(database)} people",
            )
        )


def main() -> int:
    """Measure, keep the figures under their day, and fail when a bound is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.parse_args()
    report = Report("identity", PACKAGES)
    with tempfile.TemporaryDirectory() as folder:
        compare(report, Path(folder))
    print(report.write(datetime.datetime.now(tz=datetime.UTC).date()))
    return int(any(figure.verdict == "MISSED" for figure in report.figures))


if __name__ == "__main__":
    raise SystemExit(main())
