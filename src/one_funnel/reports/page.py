"""The weekly report as one page that opens without a network, in two languages."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from importlib.resources import files

import yaml
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from one_funnel.reports.charts import ageing_chart, flow_chart, funnel_chart
from one_funnel.reports.weekly import AGE_BUCKETS, WeeklyReport

LANGUAGES = ("nl", "en")
MISSING = "–"


@dataclass(frozen=True)
class Edition:
    """What one language of the page needs beside the figures."""

    language: str
    words: dict[str, str]
    charts: dict[str, Markup]
    buckets: tuple[str, ...]


def read_glossary() -> dict[str, dict[str, str]]:
    """The texts of the pages, by key and language."""
    text = files("one_funnel.reports").joinpath("glossary.yml").read_text("utf-8")
    glossary: dict[str, dict[str, str]] = yaml.safe_load(text)
    return glossary


def age_buckets() -> tuple[str, ...]:
    """The names of the age buckets, in days: 0–7, 8–14, ..., 90+."""
    lower_ends = (0, *(upper + 1 for upper in AGE_BUCKETS[:-1]))
    closed = tuple(
        f"{lower}–{upper}" for lower, upper in zip(lower_ends, AGE_BUCKETS, strict=True)
    )
    return (*closed, f"{AGE_BUCKETS[-1]}+")


def number(value: Decimal | int | None, language: str, decimals: int = 0) -> str:
    """A number as the language writes it; None is a dash, never 0."""
    if value is None:
        return MISSING
    rounded = Decimal(value).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    text = f"{rounded:,.{decimals}f}"
    return text.translate(str.maketrans(",.", ".,")) if language == "nl" else text


def share(part: int, whole: int, language: str) -> str:
    """A ratio of sums as a percentage; a ratio of nothing is a dash."""
    if not whole:
        return MISSING
    return number(Decimal(100 * part) / whole, language, 1) + " %"


def render_weekly_page(report: WeeklyReport) -> str:
    """The page as HTML; equal reports give equal bytes."""
    glossary = read_glossary()
    buckets = age_buckets()
    editions = []
    for language in LANGUAGES:
        words = {key: texts[language] for key, texts in glossary.items()}
        editions.append(
            Edition(
                language=language,
                words=words,
                charts={
                    # The drawings come from our own charts, whose texts Vega escapes.
                    "funnel": Markup(funnel_chart(report.funnel, words, language)),
                    "flow": Markup(flow_chart(report.flow, words, language)),
                    "ageing": Markup(
                        ageing_chart(report.ageing, buckets, words, language)
                    ),
                },
                buckets=buckets,
            )
        )
    environment = Environment(
        loader=PackageLoader("one_funnel.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals["number"] = number
    environment.globals["share"] = share
    environment.globals["missing"] = MISSING
    return environment.get_template("weekly.html").render(
        report=report, editions=editions
    )
