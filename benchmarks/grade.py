"""The warehouse's grades against the truth: `make grade`.

The demo is held against its truth, conversion against 200 worlds whose rates are known,
and each attribution model against channels whose effects were planted. Prints the
table, keeps it in `results/`, and with `--readme` puts it into the README.
"""

from __future__ import annotations

import argparse
import datetime
import io
import os
import sys
import tempfile
from collections.abc import Iterable
from contextlib import redirect_stdout
from pathlib import Path

from benchmarks.measuring import PROJECT, RESULTS, Figure, Report

# The judges are the tests': one truth, told in one place.
sys.path.insert(0, str(PROJECT / "tests" / "python"))

from comparing import Warehouse
from conftest import MakeDbt, ParseCache
from grading_attribution import AttributionGrade, grade_attribution
from grading_conversion import ConversionGrade, grade_conversion
from grading_demo import (
    grade_answer,
    grade_identity,
    grade_mql_instants,
    grade_owners,
)

README = PROJECT / "README.md"
BEGIN, END = "<!-- grades: `make grade` -->\n", "<!-- end of grades -->\n"


class Folders:
    """Makes folders for dbt as pytest's factory does."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._count = 0

    def mktemp(self, name: str) -> Path:
        """A fresh folder."""
        self._count += 1
        folder = self._root / f"{name}{self._count}"
        folder.mkdir()
        return folder


def demo_figures(warehouse: Warehouse) -> list[Figure]:
    """How the demo agrees with its truth, in shares."""
    identity = grade_identity(warehouse)
    note = f"of pairs among {identity.record_count:,} records"
    figures = [
        Figure("who is who: precision", identity.precision, "share", None, 0.999, note),
        Figure("who is who: recall", identity.recall, "share", None, 0.99, note),
    ]
    shares = {
        "MQL instants, to the second": grade_mql_instants(warehouse),
        "stage events, to the second": grade_answer(warehouse, "stage_events"),
        "handovers with all their minutes": grade_answer(warehouse, "handovers"),
        "owner at random instants": grade_owners(warehouse).instants,
    }
    return figures + [
        Figure(name, one.share, "share", None, 1.0, f"of {one.count:,}")
        for name, one in shares.items()
    ]


def conversion_figures(grade: ConversionGrade) -> list[Figure]:
    """How the official rate of young cohorts compares with the true one."""
    note = f"{grade.cohort_count} young cohorts of {grade.world_count} worlds"
    return [
        Figure(
            "conversion: bias, absolute",
            100 * abs(grade.bias),
            "points",
            1.0,
            None,
            note,
        ),
        Figure(
            "conversion: bias of the naive rate",
            100 * abs(grade.naive_bias),
            "points",
            note="too low",
        ),
        Figure(
            "conversion: 95 % band holds the truth", grade.coverage, "share", 0.97, 0.93
        ),
    ]


def attribution_figures(grade: AttributionGrade) -> list[Figure]:
    """How much credit each model gives to the wrong channel; no model is causal."""
    errors = {model: grade.error(model) for model in grade.model_shares}
    note = f"{grade.opportunity_count} won deals with touches"
    return [
        Figure(f"attribution: credit misplaced by {model}", error, "share", note=note)
        for model, error in sorted(errors.items(), key=lambda one: (one[1], one[0]))
    ]


def as_markdown(figures: Iterable[Figure]) -> str:
    """The figures as a table of the README."""
    lines = ["| what | grade | should be |", "|---|---:|---|"]
    for figure in figures:
        value = (
            f"{figure.value:.1%}"
            if figure.unit == "share"
            else f"{figure.value:.2f} {figure.unit}"
        )
        parts = []
        if figure.at_least is not None:
            parts.append(f"at least {figure.at_least:.1%}")
        if figure.at_most is not None:
            limit = f"{figure.at_most:.1%}" if figure.unit == "share" else None
            parts.append(f"at most {limit or f'{figure.at_most:g} {figure.unit}'}")
        note = f" ({figure.note})" if figure.note else ""
        lines.append(f"| {figure.name}{note} | {value} | {', '.join(parts) or '–'} |")
    return "\n".join(lines) + "\n"


def put_into_readme(table: str) -> None:
    """Replace what stands between the marks of the README."""
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    README.write_text(before + BEGIN + table + END + after, encoding="utf-8")


def main() -> int:
    """Grade, print and keep; 1 when a grade misses its bound."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.grade")
    parser.add_argument(
        "--readme", action="store_true", help="renew the README's table"
    )
    parser.add_argument(
        "--day", type=datetime.date.fromisoformat, default=datetime.date.today()
    )
    options = parser.parse_args()
    database = Path(os.environ["ONE_FUNNEL_DATABASE"])
    with tempfile.TemporaryDirectory(prefix="one_funnel_grade_") as folder:
        folders = Folders(Path(folder))
        make_dbt = MakeDbt(folders, ParseCache(folders.mktemp("parsed")))

        def compile_sql(sql: str) -> str:
            # dbt prints what it compiled, however quiet it has to be.
            with redirect_stdout(io.StringIO()):
                outcome = make_dbt()("compile", "--inline", sql)
            return outcome.result.results[0].node.compiled_code

        report = Report("grade", ("duckdb", "dbt-core"))
        for figure in demo_figures(Warehouse(database)):
            report.add(figure)
        for figure in conversion_figures(grade_conversion(compile_sql)):
            report.add(figure)
        for figure in attribution_figures(
            grade_attribution(make_dbt, folders.mktemp("world"))
        ):
            report.add(figure)
    print(f"kept in {report.write(options.day).relative_to(RESULTS.parents[1])}")
    if options.readme:
        put_into_readme(as_markdown(report.figures))
    return int(any(figure.verdict == "MISSED" for figure in report.figures))


if __name__ == "__main__":
    sys.exit(main())
