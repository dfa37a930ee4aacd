"""The README shows the grades that the last `make grade` gave, and they are good."""

import json

from benchmarks.grade import BEGIN, END, README, as_markdown
from benchmarks.measuring import RESULTS, Figure


def newest_figures() -> list[Figure]:
    newest = max(RESULTS.glob("grade-*.json"))
    rows = json.loads(newest.read_text(encoding="utf-8"))["figures"]
    return [
        Figure(**{key: value for key, value in row.items() if key != "verdict"})
        for row in rows
    ]


def test_readme_shows_the_last_grades() -> None:
    shown = README.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    assert shown == as_markdown(newest_figures()), "run make grade"


def test_no_grade_misses_its_bound() -> None:
    figures = newest_figures()
    assert any(figure.target for figure in figures)
    assert [figure.name for figure in figures if figure.verdict == "MISSED"] == []
