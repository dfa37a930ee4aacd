"""The weekly report and the README say what the published marts hold."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pytest

from conftest import PROJECT, MakeDbt
from marts import rewrite_exports
from one_funnel.agreement import read_agreement_of
from one_funnel.publish import publish
from one_funnel.quality.audit import audit_database
from one_funnel.reports.page import number, render_weekly_page, share
from one_funnel.reports.weekly import WeeklyReport, read_weekly_report
from one_funnel.summary import render_summary, summarise

LOCAL = "timezone('Europe/Amsterdam', {})"


@pytest.fixture(scope="module")
def published(demo_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    warehouse = tmp_path_factory.mktemp("warehouse")
    return publish(demo_database, warehouse, audit_database(demo_database)).link


@pytest.fixture(scope="module")
def report(published: Path) -> WeeklyReport:
    return read_weekly_report(published)


@pytest.fixture(scope="module")
def page(report: WeeklyReport) -> str:
    return render_weekly_page(report)


def count(published: Path, query: str) -> int:
    with duckdb.connect(str(published.resolve()), read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        return int(connection.sql(query).fetchall()[0][0])


def test_the_week_is_the_last_complete_one(report: WeeklyReport) -> None:
    assert report.banner.week == "2026-W46"
    assert report.banner.week_start == date(2026, 11, 9)
    assert report.banner.week_end == date(2026, 11, 15)


def test_headlines_are_counts_of_the_marts(
    report: WeeklyReport, published: Path
) -> None:
    figures = {headline.measure: headline.this_week for headline in report.headlines}
    in_week = " between timestamp '2026-11-09' and timestamp '2026-11-15 23:59:59'"
    assert figures["sals"] == count(
        published,
        "select count(*) from marts.fct_funnel where "
        + LOCAL.format("sal_at")
        + in_week,
    )
    assert figures["new_mqls"] + figures["re_mqls"] == count(
        published,
        "select count(*) from marts.fct_funnel where "
        + LOCAL.format("mql_at")
        + in_week,
    )
    assert figures["handovers"] == count(
        published,
        "select count(*) from marts.fct_handovers"
        " where direction = 'marketing_to_sales' and "
        + LOCAL.format("assigned_at")
        + in_week,
    )


def test_nobody_is_without_owner_or_has_two(report: WeeklyReport) -> None:
    assert report.wall.orphan_minutes == 0
    assert report.wall.double_owner_minutes == 0


def test_breaches_are_the_overdue_open_handovers(report: WeeklyReport) -> None:
    assert len(report.breaches) == report.wall.breached_now
    assert all(breach.hours_over > 0 for breach in report.breaches)


def test_the_stock_is_every_open_stage(report: WeeklyReport, published: Path) -> None:
    assert sum(sum(row.buckets) for row in report.ageing) == count(
        published,
        "select count(*) from marts.fct_stage_periods"
        " where valid_to is null"
        " and stage not in ('customer', 'disqualified', 'erased')",
    )


def test_the_page_needs_no_network_and_names_nobody(page: str) -> None:
    loaded = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert [link for link in loaded if link.startswith(("http", "//"))] == []
    assert "<script" not in page
    assert re.findall(r"[\w.]+@[\w.]+", page) == []


def test_the_page_speaks_dutch_and_english(page: str) -> None:
    assert "Waar blijft het hangen?" in page
    assert "Where does it hang?" in page
    assert page.count("<svg ") == 6


def test_equal_reports_give_equal_pages(report: WeeklyReport, page: str) -> None:
    assert render_weekly_page(report) == page


def test_nothing_is_a_dash_and_never_zero(report: WeeklyReport) -> None:
    assert share(0, 0, "en") == "–"
    assert number(None, "nl") == "–"
    empty = replace(report, breaches=(), rejections=(), ageing=(), funnel=(), flow=())
    assert "geen gegevens" in render_weekly_page(empty)


def test_the_readme_shows_what_the_build_prints(
    demo_database: Path, published: Path
) -> None:
    summary = summarise(read_agreement_of(demo_database), published)
    printed, _, _ = render_summary(summary).partition("\nPublished")
    lines = [f"    {line}".rstrip() for line in printed.strip().splitlines()]
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    assert "\n".join(lines) in readme, "paste what `make build` prints into the README"


def test_scenario_64_an_empty_warehouse_builds_and_says_so(
    make_dbt: MakeDbt, tmp_path: Path
) -> None:
    exports = rewrite_exports(
        PROJECT / "seeds" / "exports", tmp_path / "exports", lambda header, rows: []
    )
    empty = make_dbt(exports_dir=exports)
    empty("build", "--exclude-resource-type", "unit_test")
    with duckdb.connect(str(empty.database)) as connection:
        connection.execute(
            "create table marts.publication as select 'empty' as build_id,"
            " as_of, cast(null as varchar) as definition_version from utilities.as_of"
        )
    page = render_weekly_page(read_weekly_report(empty.database))
    assert "geen gegevens" in page
    assert not re.search(r"\b(inf|nan)\b", page, re.IGNORECASE)
