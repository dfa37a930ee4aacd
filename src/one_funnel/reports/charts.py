"""The charts of the pages: Altair definitions, drawn as SVG without a browser.

A drawn chart needs no script, so it reads the same on a screen, in a mail and on paper.
"""

from __future__ import annotations

import json
import re
from typing import Literal

import altair as alt
import vl_convert

from one_funnel.reports.weekly import AgeingRow, FunnelStep, WeekFlow

# Okabe and Ito's palette, which the colour-blind can tell apart.
BLUE, ORANGE, GREEN = "#0072B2", "#D55E00", "#009E73"
INK = "#333333"
FONT = "sans-serif"

Words = dict[str, str]


# How a number is grouped, by the language of the page.
LOCALES: dict[str, Literal["nl-NL", "en-GB"]] = {"nl": "nl-NL", "en": "en-GB"}


def draw(chart: alt.Chart | alt.LayerChart, description: str, language: str) -> str:
    """The chart as an SVG element that fills its column, with a spoken description."""
    specification = chart.configure_view(stroke=None).configure(
        font=FONT,
        axis=alt.AxisConfig(labelColor=INK, titleColor=INK, gridColor="#E6E6E6"),
        legend=alt.LegendConfig(labelColor=INK, titleColor=INK),
    )
    svg = str(
        vl_convert.vegalite_to_svg(
            json.dumps(specification.to_dict(), sort_keys=True),
            format_locale=LOCALES[language],
        )
    )
    opening = svg.index("<svg")
    inside = re.sub(
        r'^<svg[^>]*? width="(\d+(?:\.\d+)?)" height="(\d+(?:\.\d+)?)"',
        r'<svg role="img" preserveAspectRatio="xMinYMin meet" data-width="\1"'
        r' data-height="\2" xmlns="http://www.w3.org/2000/svg"',
        svg[opening:],
        count=1,
    )
    label = description.replace("&", "and").replace('"', "'").replace("<", "under ")
    return inside.replace("<svg ", f'<svg aria-label="{label}" ', 1)


def funnel_chart(steps: tuple[FunnelStep, ...], words: Words, language: str) -> str:
    """Bars, not a trapezoid: the length is the number, and the number is written."""
    rows = [{"stage": step.label[language], "passes": step.passes} for step in steps]
    base = alt.Chart(alt.Data(values=rows)).encode(
        y=alt.Y("stage:N", sort=[row["stage"] for row in rows], title=None),
        x=alt.X("passes:Q", title=words["passes"], axis=alt.Axis(tickMinStep=1)),
    )
    bars = base.mark_bar(color=BLUE)
    numbers = base.mark_text(align="left", dx=4, color=INK).encode(
        text=alt.Text("passes:Q", format=",d")
    )
    return draw(
        (bars + numbers).properties(width=520, height=34 * max(len(rows), 1)),
        words["chart_funnel"],
        language,
    )


def flow_chart(weeks: tuple[WeekFlow, ...], words: Words, language: str) -> str:
    """A line a measure over the weeks."""
    measures = ("mqls", "handovers", "acceptances")
    rows = [
        {
            "week": week.week_start.isoformat(),
            "measure": words[measure],
            "count": getattr(week, measure),
        }
        for week in weeks
        for measure in measures
    ]
    chart = (
        alt.Chart(alt.Data(values=rows))
        .mark_line(point=True)
        .encode(
            x=alt.X(
                "week:O",
                title=words["week_starting"],
                axis=alt.Axis(labelAngle=-45, labelOverlap="greedy"),
            ),
            y=alt.Y("count:Q", title=words["number"], axis=alt.Axis(tickMinStep=1)),
            color=alt.Color(
                "measure:N",
                title=None,
                sort=[words[measure] for measure in measures],
                scale=alt.Scale(
                    domain=[words[measure] for measure in measures],
                    range=[BLUE, ORANGE, GREEN],
                ),
                legend=alt.Legend(orient="top"),
            ),
            strokeDash=alt.StrokeDash(
                "measure:N",
                sort=[words[measure] for measure in measures],
                legend=None,
            ),
        )
        .properties(width=620, height=200)
    )
    return draw(chart, words["chart_flow"], language)


def ageing_chart(
    rows: tuple[AgeingRow, ...], buckets: tuple[str, ...], words: Words, language: str
) -> str:
    """A heat map of stage by age, with the number in each cell."""
    cells = [
        {"stage": row.label[language], "age": bucket, "passes": count}
        for row in rows
        for bucket, count in zip(buckets, row.buckets, strict=True)
    ]
    base = alt.Chart(alt.Data(values=cells)).encode(
        x=alt.X(
            "age:O",
            sort=list(buckets),
            title=words["days_in_stage"],
            axis=alt.Axis(labelAngle=0),
        ),
        y=alt.Y("stage:N", sort=[row.label[language] for row in rows], title=None),
    )
    largest = max((count for row in rows for count in row.buckets), default=1)
    heat = base.mark_rect().encode(
        color=alt.Color(
            "passes:Q",
            scale=alt.Scale(scheme="blues", type="symlog"),
            legend=None,
        )
    )
    numbers = base.mark_text().encode(
        text=alt.Text("passes:Q", format=",d"),
        color=alt.condition(
            f"datum.passes > {largest / 8}", alt.value("white"), alt.value(INK)
        ),
    )
    return draw(
        (heat + numbers).properties(width=520, height=30 * max(len(rows), 1)),
        words["chart_ageing"],
        language,
    )
