"""Reports on money hold what a plain recount says, row by row and column by column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from conftest import PROJECT
from reference import money_reports
from reference.money_reports import Books, MartRow

SEEDS = PROJECT / "seeds"
SHOWN = 5


class Marts(Mapping[str, list[MartRow]]):
    """The marts of a built warehouse, as rows by column.

    What is not in the schema of marts is asked for with its schema.
    """

    def __init__(self, database: Path) -> None:
        self._connection = duckdb.connect(str(database), read_only=True)
        self._connection.execute("set timezone = 'UTC'")
        self._rows: dict[str, list[MartRow]] = {}

    def close(self) -> None:
        """Let the database be written again."""
        self._connection.close()

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, mart: str) -> list[MartRow]:
        """All rows of a mart."""
        if mart not in self._rows:
            name = mart if "." in mart else f"marts.{mart}"
            answer = self._connection.sql(f"select * from {name}")
            self._rows[mart] = [
                dict(zip(answer.columns, row, strict=True)) for row in answer.fetchall()
            ]
        return self._rows[mart]


@pytest.fixture(scope="module")
def marts(demo_database: Path) -> Iterator[Marts]:
    """The marts of the demo."""
    opened = Marts(demo_database)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def books() -> Books:
    """The demo's raw exports and the agreement."""
    return Books(SEEDS / "exports", SEEDS)


def differences(
    expected: Iterable[MartRow], actual: Iterable[MartRow], key: Sequence[str]
) -> list[str]:
    """A line for each value that only one side has, and for each missing row."""

    def by_key(rows: Iterable[MartRow]) -> dict[tuple[Any, ...], MartRow]:
        found: dict[tuple[Any, ...], MartRow] = {}
        for row in rows:
            name = tuple(row[column] for column in key)
            assert name not in found, f"two rows of {name}"
            found[name] = row
        return found

    ours, theirs = by_key(expected), by_key(actual)
    lines = [f"only the recount has {name}" for name in ours.keys() - theirs.keys()]
    lines += [f"only the mart has {name}" for name in theirs.keys() - ours.keys()]
    for name in ours.keys() & theirs.keys():
        for column, value in ours[name].items():
            if theirs[name][column] != value:
                lines.append(
                    f"{name} {column}: counted {value}, mart {theirs[name][column]}"
                )
    return sorted(lines)


def assert_same_rows(
    mart: str,
    expected: Sequence[MartRow],
    actual: Sequence[MartRow],
    key: Sequence[str],
    hashes: Sequence[str] = (),
) -> None:
    """The mart has the rows of the recount, and no column besides them and `hashes`."""
    assert expected, f"the recount of {mart} is empty"
    assert set(actual[0]) - set(expected[0]) == set(hashes)
    for column in hashes:
        assert len({row[column] for row in actual}) == len(actual), column
    found = differences(expected, actual, key)
    print(f"{mart}: {len(expected)} rows, {len(found)} differ")
    if found:
        lines = [f"{mart}: {len(found)} values differ", *found[:SHOWN]]
        pytest.fail("\n".join(lines), pytrace=False)


SPEND_DAY = ("platform", "platform_campaign_id", "spend_date")


def test_spend_of_a_day_is_its_newest_statement(marts: Marts, books: Books) -> None:
    assert_same_rows(
        "fct_spend_daily",
        money_reports.spend_daily(books),
        marts["fct_spend_daily"],
        SPEND_DAY,
        hashes=["spend_id"],
    )


def spend_ids(marts: Marts) -> dict[tuple[Any, ...], str]:
    return {
        money_reports.spend_key(row): row["spend_id"]
        for row in marts["fct_spend_daily"]
    }


def test_spend_versions_are_the_statements_that_changed(
    marts: Marts, books: Books
) -> None:
    ids = spend_ids(marts)
    expected = [
        {"spend_id": ids[money_reports.spend_key(row)]} | row
        for row in money_reports.spend_versions(books)
    ]
    assert_same_rows(
        "fct_spend_versions",
        expected,
        marts["fct_spend_versions"],
        (*SPEND_DAY, "version_number"),
        hashes=["spend_version_id"],
    )


def test_restatements_are_what_two_mondays_knew(marts: Marts, books: Books) -> None:
    versions = money_reports.spend_versions(books)
    assert_same_rows(
        "rpt_spend_restatements",
        money_reports.spend_restatements(books, versions, spend_ids(marts)),
        marts["rpt_spend_restatements"],
        ("week_start", "platform"),
        hashes=["spend_restatement_id"],
    )


def test_campaigns_are_those_of_the_crm_and_of_platforms(
    marts: Marts, books: Books
) -> None:
    assert_same_rows(
        "dim_campaigns",
        money_reports.campaigns(books),
        marts["dim_campaigns"],
        ("campaign_id",),
    )


def test_the_loop_brings_every_outcome_back_to_its_first_touch(
    marts: Marts, books: Books
) -> None:
    assert_same_rows(
        "rpt_closed_loop",
        money_reports.closed_loop(books, marts),
        marts["rpt_closed_loop"],
        ("loop_by", "campaign_id", "channel", "cohort_month"),
        hashes=["closed_loop_id"],
    )


def test_first_touches_are_those_of_the_funnel(marts: Marts) -> None:
    touches = money_reports.first_touches(marts["fct_funnel"], marts["fct_touches"])
    assert touches
    for pass_ in marts["fct_funnel"]:
        touch = touches.get(pass_["pass_id"], {})
        assert touch.get("channel") == pass_["first_touch_channel"]
        assert touch.get("campaign_id") == pass_["first_touch_campaign_id"]


def test_customers_cost_what_their_quarter_cost(marts: Marts, books: Books) -> None:
    assert_same_rows(
        "rpt_acquisition_cost",
        money_reports.acquisition_cost(books, marts),
        marts["rpt_acquisition_cost"],
        ("quarter_start",),
    )


def test_one_team_sourced_and_any_influenced(marts: Marts, books: Books) -> None:
    assert_same_rows(
        "rpt_sourcing",
        money_reports.sourcing(books, marts),
        marts["rpt_sourcing"],
        ("signed_month", "team"),
    )


def people_of_deals(marts: Marts) -> dict[str, list[str]]:
    people_of: dict[str, list[str]] = {}
    for row in marts["intermediate.int_opportunity_people"]:
        people_of.setdefault(row["opportunity_id"], []).append(row["person_id"])
    return people_of


def test_buying_groups_count_people_by_what_they_reached(marts: Marts) -> None:
    assert_same_rows(
        "fct_buying_groups",
        money_reports.buying_groups(marts, people_of_deals(marts)),
        marts["fct_buying_groups"],
        ("opportunity_id",),
    )


def test_open_deals_are_worth_their_amount_and_their_chance(
    marts: Marts, books: Books
) -> None:
    assert_same_rows(
        "rpt_pipeline",
        money_reports.pipeline(books, marts),
        marts["rpt_pipeline"],
        ("opportunity_id",),
    )


def test_a_lead_is_worth_what_its_like_brought(marts: Marts, books: Books) -> None:
    assert_same_rows(
        "rpt_lead_values",
        money_reports.lead_values(books, marts),
        marts["rpt_lead_values"],
        ("slice", "slice_value"),
        hashes=["lead_value_id"],
    )


def test_quarters_are_covered_by_what_is_to_close_in_them(
    marts: Marts, books: Books
) -> None:
    assert_same_rows(
        "rpt_quarter_outlook",
        money_reports.quarter_outlook(books, marts),
        marts["rpt_quarter_outlook"],
        ("quarter_start",),
    )


def test_models_are_as_far_apart_as_their_credits(marts: Marts, books: Books) -> None:
    assert_same_rows(
        "rpt_attribution_models",
        money_reports.attribution_models(books, marts, people_of_deals(marts)),
        marts["rpt_attribution_models"],
        ("attribution_model", "channel"),
    )
