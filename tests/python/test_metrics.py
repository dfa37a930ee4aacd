"""Every metric of the semantic layer answers `mf query` on the demo, and rightly.

What `mf` says by quarter is held against plain SQL on the mart that the metric is of.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from conftest import PROJECT, MakeDbt

Query = Callable[..., list[dict[str, str]]]

# The steps and slices that the metrics of one step are of.
ALL = "slice = 'all'"
STEPS = {
    "full_funnel_yield": "'inquiry' and to_stage = 'customer'",
    "sql_rate": "'sal' and to_stage = 'sql'",
    "cohort_win_rate": "'opportunity' and to_stage = 'customer'",
}
ATTEMPTS = {"first_attempt_yield": "first", "repeat_attempt_yield": "later"}

RATES = "rpt_conversion_rates where slice = 'all'"
MATURE = f"{RATES} and is_mature"
WON, CLOSED = "outcome = 'won'", "outcome in ('won', 'lost')"
DEALS = "fct_opportunities where true"
SOURCED = (
    "fct_bookings inner join marts.fct_opportunities using (opportunity_id)"
    " where kind = 'contract'"
)
CONTRACTS = "fct_bookings where kind = 'contract'"
LOOP = "rpt_closed_loop where loop_by = 'campaign'"
SESSIONS = "fct_touches where touch_type = 'session'"
PAID_MARGIN = "sum(case when spend_eur > 0 then gross_margin_eur end)"
PAID_SPEND = "sum(case when gross_margin_eur is not null then spend_eur end)"


def ratio(part: str, whole: str) -> str:
    return f"cast({part} as double) / nullif({whole}, 0)"


def per(count: str) -> str:
    return ratio("sum(spend_eur)", f"sum({count})")


def sourced(team: str) -> str:
    return f"sum(amount_eur) filter (sourced_by {team})"


# Metric -> the rows of a mart, their day, and the answer over them.
EXPECTED: dict[str, tuple[str, str, str]] = {
    "cohort_passes": (RATES, "cohort_month", "sum(cohort_size)"),
    "converted_passes": (RATES, "cohort_month", "sum(reached_count)"),
    "cohort_conversion_to_date": (
        RATES,
        "cohort_month",
        ratio("sum(reached_count)", "sum(cohort_size)"),
    ),
    "mature_cohort_passes": (MATURE, "cohort_month", "sum(cohort_size)"),
    "mature_converted_passes": (
        MATURE,
        "cohort_month",
        "sum(reached_within_horizon_count)",
    ),
    "mature_cohort_conversion": (
        MATURE,
        "cohort_month",
        ratio("sum(reached_within_horizon_count)", "sum(cohort_size)"),
    ),
    "cohort_conversion": (RATES, "cohort_month", "max(conversion_rate)"),
    **{
        name: (
            f"{RATES} and from_stage = {step}",
            "cohort_month",
            "max(conversion_rate)",
        )
        for name, step in STEPS.items()
    },
    **{
        name: (
            "rpt_conversion_rates where slice = 'attempt'"
            f" and slice_value = '{attempt}'"
            " and from_stage = 'mql' and to_stage = 'sal'",
            "cohort_month",
            "max(conversion_rate)",
        )
        for name, attempt in ATTEMPTS.items()
    },
    "period_arrivals": (
        "rpt_period_ratios where true",
        "month_start",
        "sum(from_count)",
    ),
    "period_departures": (
        "rpt_period_ratios where true",
        "month_start",
        "sum(to_count)",
    ),
    "period_ratio": (
        "rpt_period_ratios where true",
        "month_start",
        ratio("sum(to_count)", "sum(from_count)"),
    ),
    "visitors": (SESSIONS, "occurred_date", "count(distinct anonymous_id)"),
    "known_visitors": (SESSIONS, "occurred_date", "count(distinct person_id)"),
    "visitor_identification_rate": (
        SESSIONS,
        "occurred_date",
        ratio("count(distinct person_id)", "count(distinct anonymous_id)"),
    ),
    "won_deals": (f"{DEALS} and {WON}", "closed_on", "count(*)"),
    "closed_deals": (f"{DEALS} and {CLOSED}", "closed_on", "count(*)"),
    "win_rate": (
        f"{DEALS} and {CLOSED}",
        "closed_on",
        ratio(f"count(*) filter ({WON})", "count(*)"),
    ),
    "won_deal_value_eur": (f"{DEALS} and {WON}", "closed_on", "sum(closed_amount_eur)"),
    "closed_deal_value_eur": (
        f"{DEALS} and {CLOSED}",
        "closed_on",
        "sum(closed_amount_eur)",
    ),
    "win_rate_by_value": (
        f"{DEALS} and {CLOSED}",
        "closed_on",
        ratio(f"sum(closed_amount_eur) filter ({WON})", "sum(closed_amount_eur)"),
    ),
    "recycled_passes": (
        "rpt_recycle_recovery where true",
        "cohort_month",
        "sum(recycled_count)",
    ),
    "recovered_passes": (
        "rpt_recycle_recovery where true",
        "cohort_month",
        "sum(recovered_count)",
    ),
    "recycle_recovery_to_date": (
        "rpt_recycle_recovery where true",
        "cohort_month",
        ratio("sum(recovered_count)", "sum(recycled_count)"),
    ),
    "recycle_recovery": (
        "rpt_recycle_recovery where true",
        "cohort_month",
        "max(recovery_rate)",
    ),
    # No export tells of a group that was held out, so there is nothing to compare.
    "nurture_hold_out_recovery": (
        "rpt_recycle_recovery where true",
        "cohort_month",
        "null",
    ),
    "nurture_lift": ("rpt_recycle_recovery where true", "cohort_month", "null"),
    "bookings_eur": (CONTRACTS, "booked_on", "sum(amount_eur)"),
    "net_revenue_eur": ("fct_bookings where true", "booked_on", "sum(amount_eur)"),
    "signed_contracts": (CONTRACTS, "booked_on", "count(*)"),
    "mean_deal_eur": (CONTRACTS, "booked_on", ratio("sum(amount_eur)", "count(*)")),
    "median_deal_eur": (CONTRACTS, "booked_on", "median(amount_eur)"),
    "marketing_sourced_eur": (SOURCED, "booked_on", sourced("= 'marketing'")),
    "sales_sourced_eur": (SOURCED, "booked_on", sourced("= 'sales'")),
    "unknown_sourced_eur": (SOURCED, "booked_on", sourced("is null")),
    "marketing_sourced_share": (
        SOURCED,
        "booked_on",
        ratio(sourced("= 'marketing'"), "sum(amount_eur)"),
    ),
    "sales_sourced_share": (
        SOURCED,
        "booked_on",
        ratio(sourced("= 'sales'"), "sum(amount_eur)"),
    ),
    "unknown_sourced_share": (
        SOURCED,
        "booked_on",
        ratio(sourced("is null"), "sum(amount_eur)"),
    ),
    "marketing_influenced_eur": (
        SOURCED,
        "booked_on",
        "sum(amount_eur) filter (is_marketing_influenced)",
    ),
    "marketing_influenced_share": (
        SOURCED,
        "booked_on",
        ratio("sum(amount_eur) filter (is_marketing_influenced)", "sum(amount_eur)"),
    ),
    "open_pipeline_eur": ("rpt_pipeline where true", "created_at", "sum(amount_eur)"),
    "weighted_pipeline_eur": (
        "rpt_pipeline where true",
        "created_at",
        "sum(weighted_amount_eur)",
    ),
    "crm_weighted_pipeline_eur": (
        "rpt_pipeline where true",
        "created_at",
        "sum(crm_weighted_amount_eur)",
    ),
    "pipeline_to_close_eur": (
        "rpt_quarter_outlook where true",
        "quarter_start",
        "sum(open_pipeline_eur)",
    ),
    "remaining_target_eur": (
        "rpt_quarter_outlook where true",
        "quarter_start",
        "sum(nullif(remaining_target_eur, 0))",
    ),
    "pipeline_coverage": (
        "rpt_quarter_outlook where true",
        "quarter_start",
        ratio("sum(open_pipeline_eur)", "sum(remaining_target_eur)"),
    ),
    "pipeline_created_eur": (
        "rpt_quarter_outlook where true",
        "quarter_start",
        "sum(created_pipeline_eur)",
    ),
    "sales_velocity_eur_per_day": (
        "rpt_velocity where true",
        "month_start",
        "max(velocity_eur_per_day)",
    ),
    "credited_eur": ("fct_touch_credits where true", "closed_at", "sum(credit_eur)"),
    "spend_eur": ("fct_spend_daily where true", "spend_date", "sum(cost_eur)"),
    "restated_spend_eur": (
        "rpt_spend_restatements where true",
        "week_start",
        "sum(delta_eur)",
    ),
    "cohort_spend_eur": (LOOP, "cohort_month", "sum(spend_eur)"),
    "cohort_inquiries": (LOOP, "cohort_month", "sum(inquiry_count)"),
    "cohort_mqls": (LOOP, "cohort_month", "sum(mql_count)"),
    "cohort_sals": (LOOP, "cohort_month", "sum(sal_count)"),
    "cohort_sqls": (LOOP, "cohort_month", "sum(sql_count)"),
    "cohort_opportunities": (LOOP, "cohort_month", "sum(opportunity_count)"),
    "cost_per_inquiry_eur": (LOOP, "cohort_month", per("inquiry_count")),
    "cost_per_mql_eur": (LOOP, "cohort_month", per("mql_count")),
    "cost_per_sal_eur": (LOOP, "cohort_month", per("sal_count")),
    "cost_per_sql_eur": (LOOP, "cohort_month", per("sql_count")),
    "cost_per_opportunity_eur": (LOOP, "cohort_month", per("opportunity_count")),
    "paid_spend_eur": (LOOP, "cohort_month", PAID_SPEND),
    "paid_margin_eur": (LOOP, "cohort_month", PAID_MARGIN),
    "return_on_spend": (
        LOOP,
        "cohort_month",
        ratio(f"({PAID_MARGIN} - {PAID_SPEND})", PAID_SPEND),
    ),
    "acquisition_cost_eur": (
        "rpt_acquisition_cost where true",
        "quarter_start",
        "sum(acquisition_cost_eur)",
    ),
    "new_customers": (
        "rpt_acquisition_cost where true",
        "quarter_start",
        "sum(new_customer_count)",
    ),
    "new_monthly_margin_eur": (
        "rpt_acquisition_cost where true",
        "quarter_start",
        "sum(monthly_margin_eur)",
    ),
    "customer_acquisition_cost_eur": (
        "rpt_acquisition_cost where true",
        "quarter_start",
        ratio("sum(acquisition_cost_eur)", "sum(new_customer_count)"),
    ),
    "payback_months": (
        "rpt_acquisition_cost where true",
        "quarter_start",
        ratio("sum(acquisition_cost_eur)", "sum(monthly_margin_eur)"),
    ),
}
# These compare models as of the build, and have no time.
OF_CHANNELS = {
    "model_disagreement": "max(disagreement)",
    "path_share": "max(channel_share)",
}
# What an MQL is worth as of the build, with the slice that each is of.
OF_LEADS = {
    "expected_value_per_mql_eur": "all",
    "expected_value_by_grade_eur": "grade",
    "expected_value_by_channel_eur": "channel",
    "expected_value_by_attempt_eur": "attempt",
}
# Of metrics.md: the measures that this room answers.
FORMULAS = {
    *(f"M{number}" for number in range(18, 24)),
    *(f"M{number}" for number in range(27, 34)),
    *(f"M{number}" for number in range(47, 68)),
}


@pytest.fixture(scope="module")
def database(demo_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo, for `mf` alone: it opens the file as a writer does."""
    copy = tmp_path_factory.mktemp("metrics") / "one_funnel.duckdb"
    return Path(shutil.copy(demo_database, copy))


@pytest.fixture(scope="module")
def project(make_dbt: MakeDbt, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that `mf` takes for the project, with a parse of the files as they are.

    It reads `target` beside the project's settings and nowhere else. What a build left
    there can be older than the metrics, and a new clone has none.
    """
    parsed = make_dbt()
    parsed("parse")
    folder = tmp_path_factory.mktemp("project")
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(PROJECT / name, folder)
    (folder / "target").mkdir()
    shutil.copy(parsed.target / "semantic_manifest.json", folder / "target")
    return folder


@pytest.fixture(scope="module")
def mf(database: Path, project: Path) -> Callable[..., str]:
    def run(*arguments: str) -> str:
        outcome = subprocess.run(
            [str(Path(sys.executable).parent / "mf"), *arguments],
            cwd=project,
            env=os.environ
            | {"ONE_FUNNEL_DATABASE": str(database), "DBT_PROFILES_DIR": str(project)},
            capture_output=True,
            text=True,
        )
        assert outcome.returncode == 0, outcome.stdout + outcome.stderr
        return outcome.stdout

    return run


@pytest.fixture(scope="module")
def query(mf: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> Query:
    def ask(metrics: list[str], *groups: str) -> list[dict[str, str]]:
        answer = tmp_path_factory.mktemp("answers") / "answer.csv"
        by = ",".join(groups)
        mf(
            *("query", "--metrics", ",".join(metrics)),
            *("--group-by", by, "--order", by, "--csv", str(answer)),
        )
        with answer.open(encoding="utf-8", newline="") as lines:
            return list(csv.DictReader(lines))

    return ask


@pytest.fixture(scope="module")
def by_quarter(query: Query) -> dict[str, dict[str, str]]:
    """The answers to all metrics that have a time, by the quarter's first day."""
    rows = query(sorted(EXPECTED), "metric_time__quarter")
    return {row["metric_time__quarter"][:10]: row for row in rows}


def told(database: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(database)) as connection:
        connection.execute("set timezone = 'UTC'")
        return connection.sql(sql).fetchall()


def test_metrics_are_valid(mf: Callable[..., str]) -> None:
    assert "ERRORS: 0" in mf("validate-configs")


def test_every_metric_is_asked_and_every_formula_has_one(
    manifest: dict[str, Any],
) -> None:
    metrics = {node["name"]: node for node in manifest["metrics"].values()}
    assert set(metrics) == EXPECTED.keys() | OF_CHANNELS.keys() | OF_LEADS.keys()
    formulas = {node["config"]["meta"]["formula"] for node in metrics.values()}
    assert formulas == FORMULAS, json.dumps(sorted(formulas ^ FORMULAS))
    assert [name for name, node in metrics.items() if not node["description"]] == []


@pytest.mark.parametrize("metric", sorted(EXPECTED))
def test_metric_says_what_sql_says(
    metric: str, database: Path, by_quarter: dict[str, dict[str, str]]
) -> None:
    rows, day, answer = EXPECTED[metric]
    expected = {
        str(quarter): value
        for quarter, value in told(
            database,
            f"select cast(date_trunc('quarter', {day}) as date), {answer}"
            f" from marts.{rows} and {day} is not null group by 1",
        )
    }
    for quarter, row in by_quarter.items():
        value = expected.get(quarter)
        if value is None:
            assert row[metric] == "", (metric, quarter)
        else:
            assert float(row[metric]) == pytest.approx(float(value), rel=1e-9), quarter
    assert "inf" not in {row[metric] for row in by_quarter.values()}


def test_some_quarter_has_an_answer_to_each(
    by_quarter: dict[str, dict[str, str]],
) -> None:
    silent = {
        metric
        for metric in EXPECTED
        if all(row[metric] == "" for row in by_quarter.values())
    }
    assert silent == {
        "nurture_hold_out_recovery",
        "nurture_lift",
        *(metric for metric in silent if metric.startswith("unknown_sourced")),
    }


def test_channels_are_compared_by_model(query: Query, database: Path) -> None:
    groups = ("attributed_channel__attribution_model", "attributed_channel__channel")
    answers = {
        tuple(row[group] for group in groups): row
        for row in query(sorted(OF_CHANNELS), *groups)
    }
    columns = ", ".join(OF_CHANNELS.values())
    expected = told(
        database,
        f"select attribution_model, channel, {columns}"
        " from marts.rpt_attribution_models group by attribution_model, channel",
    )
    assert len(answers) == len(expected) > 0
    for model, channel, *values in expected:
        for metric, value in zip(OF_CHANNELS, values, strict=True):
            answer = answers[model, channel][metric]
            if value is None:
                assert answer == ""
            else:
                assert float(answer) == pytest.approx(float(value), rel=1e-9)


def test_leads_are_valued_within_their_slice(query: Query, database: Path) -> None:
    answers = {
        row["lead_value__slice_value"]: row
        for row in query(sorted(OF_LEADS), "lead_value__slice_value")
    }
    for metric, of_slice in OF_LEADS.items():
        expected = dict(
            told(
                database,
                "select slice_value, expected_value_eur from marts.rpt_lead_values"
                f" where slice = '{of_slice}'",
            )
        )
        assert any(value is not None for value in expected.values()), metric
        for group, row in answers.items():
            value = expected.get(group)
            if value is None:
                assert row[metric] == "", (metric, group)
            else:
                assert float(row[metric]) == pytest.approx(float(value), rel=1e-9)
        assert expected.keys() <= answers.keys()
