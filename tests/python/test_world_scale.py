"""Worlds in parts: repeatable in any order, bounded, and true to published figures."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pytest
from click.testing import CliRunner

from conftest import PROJECT
from one_funnel.console import WrongUse
from one_funnel.world import columns, population
from one_funnel.world.cli import world as command
from one_funnel.world.lives import SOURCES
from one_funnel.world.parts import (
    BASELINE,
    WorldInParts,
    effects_of,
    make_part,
    make_world_in_parts,
    tell_company,
)
from one_funnel.world.population import CHANNELS, ORIGINS, Part, Terms, make_people
from one_funnel.world.scenario import SCENARIOS, Dirt, Hazards, Scenario, only
from one_funnel.world.scenario_file import EXAMPLE, ScenarioFile

SEED = 7
CLEAN = SCENARIOS["clean"]
PEOPLE_FOR_SHAPES = 150_000
MEMORY_MIB = 400


def in_parts(
    folder: Path, scenario: Scenario, people: int = 300, views: int = 4000, **more: Any
) -> WorldInParts:
    """A small world under a folder, whose truth lies beside its exports."""
    return WorldInParts(
        replace(scenario, people=people, page_views=views),
        more.pop("seed", SEED),
        PROJECT,
        folder / "exports",
        folder / "truth",
        **more,
    )


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def ask(query: str, folder: Path) -> list[tuple[Any, ...]]:
    """Rows of a query in which `{table}` stands for the exports of a table."""
    told = re.sub(
        r"\{((\w+?)__\w+)\}",
        rf"read_parquet('{folder}/exports/\2/raw_\1_[0-9]*.parquet')",
        query,
    )
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        return connection.sql(told).fetchall()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three parts of a world with all dirt, in one process."""
    folder = tmp_path_factory.mktemp("whole")
    make_world_in_parts(
        in_parts(folder, SCENARIOS["market"], people_in_part=120), processes=1
    )
    return folder


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clean")
    make_world_in_parts(in_parts(folder, CLEAN))
    return folder


@pytest.fixture(scope="module")
def terms() -> Terms:
    return Terms(PROJECT / "seeds")


def people_of(scenario: Scenario, terms: Terms, count: int) -> Part:
    """Many people of a world, without exports."""
    world = WorldInParts(scenario, SEED, PROJECT, PROJECT, None)
    _, offers, _ = tell_company(world)
    return make_people(scenario, np.random.default_rng(SEED), 1, count, terms, offers)


@pytest.fixture(scope="module")
def many(terms: Terms) -> Part:
    return people_of(CLEAN, terms, PEOPLE_FOR_SHAPES)


# Repeatable


def test_two_processes_write_the_bytes_that_one_writes(
    whole: Path, tmp_path: Path
) -> None:
    make_world_in_parts(
        in_parts(tmp_path, SCENARIOS["market"], people_in_part=120), processes=2
    )
    assert files(tmp_path) == files(whole)


def test_a_part_alone_is_that_part_of_the_whole(whole: Path, tmp_path: Path) -> None:
    world = in_parts(tmp_path, SCENARIOS["market"], people_in_part=120)
    make_part(world, 2)
    alone = files(tmp_path)
    assert len(alone) >= 18
    assert alone == {
        name: content for name, content in files(whole).items() if "_0002." in name
    }


def test_another_seed_makes_another_world(whole: Path, tmp_path: Path) -> None:
    world = in_parts(tmp_path, SCENARIOS["market"], people_in_part=120, seed=8)
    make_part(world, 2)
    before = files(whole)
    same = [
        name for name, content in files(tmp_path).items() if before[name] == content
    ]
    assert same == []


def test_no_two_parts_share_an_id_and_page_views_are_as_many_as_asked(
    tmp_path: Path,
) -> None:
    make_world_in_parts(in_parts(tmp_path, CLEAN, people_in_part=120), processes=1)
    for table, key in (
        ("web__pages", "id"),
        ("hubspot__email_events", "id"),
        ("hubspot__form_submissions", "conversion_id"),
        ("web__identifies", "id"),
        ("salesforce__lead_history", '"Id"'),
        ("salesforce__opportunity_history", '"Id"'),
        ("salesforce__lead", '("Id", _exported_at)'),
        ("salesforce__task", '("Id", _exported_at)'),
        ("salesforce__account", '("Id", _exported_at)'),
        ("hubspot__contacts", "(hs_object_id, _exported_at)"),
        ("hubspot__contacts", "(email, _exported_at)"),
    ):
        ((rows, distinct),) = ask(
            f"select count(*), count(distinct {key}) from {{{table}}}", tmp_path
        )
        assert rows == distinct > 0, table
    assert ask("select count(*) from {web__pages}", tmp_path) == [(4000,)]
    # Nor does a part tell the lives of another with other ids.
    ((people, beginnings),) = ask(
        """
        select count(distinct hs_object_id), count(distinct createdate)
        from {hubspot__contacts}
        """,
        tmp_path,
    )
    assert beginnings > people * 0.97


def test_memory_does_not_grow_with_the_page_views() -> None:
    """Peak memory in MiB of worlds of few and of many views, each a process."""
    script = """
import re, sys, tempfile
from dataclasses import replace
from pathlib import Path
from one_funnel.world.parts import WorldInParts, make_world_in_parts
from one_funnel.world.scenario import SCENARIOS
views, root = int(sys.argv[1]), Path(sys.argv[2])
with tempfile.TemporaryDirectory() as folder:
    scenario = replace(SCENARIOS["market"], people=2000, page_views=views)
    make_world_in_parts(WorldInParts(scenario, 7, root, Path(folder), None), 1)
# What getrusage tells begins with the memory of the process that started this one.
status = Path("/proc/self/status").read_text(encoding="ascii")
print(int(re.search(r"VmHWM:\\s+(\\d+) kB", status)[1]) // 1024)
"""
    few, many = (
        int(
            subprocess.run(
                [sys.executable, "-c", script, str(views), str(PROJECT)],
                check=True,
                capture_output=True,
                text=True,
            ).stdout
        )
        for views in (400_000, 1_200_000)
    )
    assert many < MEMORY_MIB
    assert many < few * 1.15


# True to the published figures


def test_a_quarter_of_the_leads_were_never_seen_and_visits_are_lognormal(
    many: Part,
) -> None:
    visits = many.visit_count
    assert np.mean(visits == 0) == pytest.approx(0.24, abs=0.01)
    logs = np.log(visits[visits > 0])
    assert logs.mean() == pytest.approx(1.29, abs=0.03)
    assert logs.std() == pytest.approx(0.64, abs=0.03)


def test_sources_are_mixed_as_published(many: Part) -> None:
    shares = np.bincount(many.origin) / len(many)
    by_origin = dict(zip(ORIGINS, shares, strict=True))
    social = by_origin["paid_social"] + by_origin["organic_social"]
    published = {
        "organic_search": 0.287,
        "paid_search": 0.198,
        "unknown": 0.137,
        "direct": 0.07,
        "email": 0.062,
        "referral": 0.036,
    }
    assert social == pytest.approx(0.169, abs=0.005)
    for origin, share in published.items():
        assert by_origin[origin] == pytest.approx(share, abs=0.005), origin


def test_mqls_are_won_as_published(many: Part) -> None:
    asks = many.mql_at < columns.NEVER
    assert many.is_won[asks].mean() == pytest.approx(0.13, abs=0.012)
    for origin, share in Hazards().won_by_channel.items():
        of_origin = asks & (many.origin == ORIGINS.index(origin))
        spread = 4 * np.sqrt(share * (1 - share) / of_origin.sum())
        assert many.is_won[of_origin].mean() == pytest.approx(share, abs=spread), origin


def test_days_from_mql_to_won_are_lognormal(many: Part) -> None:
    days = (many.closed_at - many.mql_at)[many.is_won] / columns.DAY
    assert np.log(days).mean() == pytest.approx(2.87, abs=0.08)
    assert np.log(days).std() == pytest.approx(1.38, abs=0.08)


def test_the_truth_keeps_the_order_of_the_stages(many: Part) -> None:
    steps = (
        *("known_at", "mql_at", "assigned_at", "attempt_at", "decided_at"),
        *("qualified_at", "opportunity_at", "closed_at"),
    )
    before = many.known_at
    for step in steps:
        at = getattr(many, step)
        happens = at < columns.NEVER
        assert (at[happens] >= before[happens]).all(), step
        before = np.where(happens, at, before)


def test_as_many_ask_for_sales_as_their_hazards_say(many: Part) -> None:
    asked = (many.mql_at < columns.NEVER).sum()
    expected = many.mql_chance.sum()
    assert asked == pytest.approx(expected, abs=4 * np.sqrt(expected))


# What channels truly bring


def test_a_channels_wins_are_those_that_there_are_not_without_it(
    many: Part, terms: Terms
) -> None:
    uplifts = dict(Hazards().channel_uplifts)
    wins, _, effects = effects_of(many)
    for channel in ("paid_search", "direct"):
        hazards = Hazards(channel_uplifts={**uplifts, channel: 0.0})
        without, _, _ = effects_of(
            people_of(replace(CLEAN, hazards=hazards), terms, PEOPLE_FOR_SHAPES)
        )
        caused = effects[CHANNELS.index(channel), -1][1]
        assert caused == pytest.approx(wins - without, abs=1e-6)
    assert effects[CHANNELS.index("paid_search"), -1][1] > wins * 0.1
    assert effects[CHANNELS.index("direct"), -1][1] == 0


def test_a_campaign_brings_its_factor_of_the_channels_uplift(tmp_path: Path) -> None:
    name = "google_ads 2026 02"
    scenario = replace(CLEAN, campaign_effects={name: 3.0})
    make_world_in_parts(in_parts(tmp_path, scenario))
    with (tmp_path / "truth" / "channel_effects.csv").open(encoding="utf-8") as lines:
        told = {(row["channel"], row["campaign"]): row for row in csv.DictReader(lines)}
    plain = float(told["paid_search", ""]["uplift"])
    assert float(told["paid_search", name]["uplift"]) == pytest.approx(3 * plain)
    per_touch = {
        key: float(row["wins_caused"]) / int(row["touches"])
        for key, row in told.items()
        if key[0] == "paid_search"
    }
    assert per_touch["paid_search", name] > 1.8 * per_touch["paid_search", ""]
    whole_channels = [row for row in told.values() if row["campaign"] == ""]
    assert {row["channel"] for row in whole_channels} == {BASELINE, *CHANNELS}
    shares = sum(float(row["hazard_share"]) for row in whole_channels)
    assert shares == pytest.approx(1, abs=1e-5)


def test_effects_of_a_campaign_that_is_not_there_are_refused(tmp_path: Path) -> None:
    scenario = replace(CLEAN, campaign_effects={"google_ads 1999 01": 2.0})
    with pytest.raises(WrongUse, match="google_ads 1999 01"):
        make_world_in_parts(in_parts(tmp_path, scenario))


def test_sources_are_of_the_channels_that_the_company_says() -> None:
    path = PROJECT / "seeds" / "mappings" / "channel_rules.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        rules = sorted(csv.DictReader(lines), key=lambda rule: int(rule["priority"]))
    is_like = population._is_like
    for channel, (source, medium, referrer, _) in zip(CHANNELS, SOURCES, strict=True):
        if channel == "direct":
            assert (source, medium, referrer) == ("", "", "")
            continue
        host = str(referrer).removeprefix("https://").strip("/")
        found = next(
            (
                rule["channel"]
                for rule in rules
                if not rule["click_id"]
                and is_like(str(source) or "(none)", rule["source_pattern"])
                and is_like(str(medium) or "(none)", rule["medium_pattern"])
                and is_like(host, rule["referrer_pattern"])
            ),
            # What comes from a site that no rule knows was sent by it.
            "referral",
        )
        if channel == "organic_social":
            # The rules know a network by the domain of its site.
            assert "linkedin" in host
        else:
            assert found == channel


# Dirt

DEALS = {
    *("salesforce__account", "salesforce__contact", "salesforce__opportunity"),
    *("salesforce__opportunity_history", "salesforce__opportunity_contact_role"),
    *("finance__contracts", "finance__credit_notes"),
}
TOUCHED = {
    "conflicting_rows": {"hubspot__contacts", "salesforce__lead"},
    "merged_contacts": {"hubspot__contacts", "hubspot__contact_merge_audit"},
    "merged_leads": {"salesforce__lead"},
    "second_addresses": {"hubspot__contacts"},
    "unjoinable_records": {"hubspot__contacts"},
    "role_mailboxes": {"hubspot__contacts"},
    "shared_devices": {"web__identifies"},
    "late_rows": {
        *("web__pages", "web__identifies", "hubspot__email_events"),
        *("hubspot__form_submissions", "social__interactions"),
        *("salesforce__lead_history", "salesforce__opportunity_history"),
    },
    "missing_values": {"hubspot__contacts", "salesforce__lead"},
    "untidy_addresses": {"hubspot__contacts"},
    "long_ids": {"salesforce__lead"},
    "skipped_stages": {"salesforce__lead", "salesforce__lead_history"},
    "premature_handovers": {
        *("salesforce__lead", "salesforce__lead_history", "salesforce__task"),
    },
    "missed_handovers": {
        *("salesforce__lead", "salesforce__lead_history", "salesforce__task"),
        *DEALS,
    },
    "unmapped_words": {
        *("salesforce__lead", "salesforce__task", "hubspot__email_events"),
    },
    "unreadable_values": {"web__pages", "linkedin_ads__campaign_daily"},
    "summary_rows": {"google_ads__campaign_daily", "linkedin_ads__campaign_daily"},
    "restated_spend": {
        *("google_ads__campaign_daily", "linkedin_ads__campaign_daily"),
        "meta_ads__campaign_daily",
    },
    "unlinked_deals": {
        *("salesforce__lead", "salesforce__account", "salesforce__contact"),
        *("salesforce__opportunity", "salesforce__opportunity_contact_role"),
    },
    "wrong_order_dates": {"salesforce__lead", "salesforce__lead_history"},
    "naive_times": {"hubspot__email_events", "hubspot__form_submissions"},
    "bots": {"web__pages"},
}


# Nothing of the sort happens to so few people.
UNSEEN_IN_SMALL = {
    "missed_handovers": DEALS,
    "skipped_stages": {"salesforce__lead"},
    "unreadable_values": {"linkedin_ads__campaign_daily"},
}


def changed_tables(before: Path, after: Path) -> set[str]:
    """Raw tables of which a file differs, or is there in one world only."""
    one, other = files(before / "exports"), files(after / "exports")
    return {
        Path(name).name.rsplit("_", 1)[0].removeprefix("raw_")
        for name in one.keys() | other.keys()
        if one.get(name) != other.get(name)
    }


@pytest.mark.parametrize("kind", TOUCHED)
def test_a_switch_changes_the_tables_of_its_kind_of_dirt_alone(
    clean: Path, tmp_path: Path, kind: str
) -> None:
    make_world_in_parts(in_parts(tmp_path, only(kind, 0.3)))
    changed = changed_tables(clean, tmp_path)
    assert changed <= TOUCHED[kind]
    assert changed >= TOUCHED[kind] - UNSEEN_IN_SMALL.get(kind, set())


def test_every_switch_is_tried() -> None:
    assert {one.name for one in fields(Dirt)} == {*TOUCHED, "duplicate_rows"}


def test_rows_that_come_twice_are_the_same_rows_again(
    clean: Path, tmp_path: Path
) -> None:
    make_world_in_parts(in_parts(tmp_path, only("duplicate_rows", 0.006)))
    for table in ("web__pages", "hubspot__email_events"):
        count = f"""
            select count(*), count(distinct told)
            from (select columns(* exclude (_row_number)) from {{{table}}}) as told
        """
        ((rows, distinct),) = ask(count, tmp_path)
        ((before, _),) = ask(count, clean)
        assert distinct == before
        assert (rows - before) / before == pytest.approx(0.006, abs=0.005)


def test_a_fifth_of_the_deals_lead_to_nobody(tmp_path: Path) -> None:
    scenario = only("unlinked_deals", Dirt().unlinked_deals)
    make_world_in_parts(in_parts(tmp_path, scenario, people=4000, views=1))
    ((deals, linked, converted),) = ask(
        """
        select
            (select count(distinct "Id") from {salesforce__opportunity}),
            (
                select count(distinct "OpportunityId")
                from {salesforce__opportunity_contact_role}
            ),
            (
                select count(distinct "ConvertedOpportunityId")
                from {salesforce__lead}
            )
        """,
        tmp_path,
    )
    assert linked == converted
    assert 1 - linked / deals == pytest.approx(0.19, abs=0.06)


def test_confused_qualifications_come_after_their_deals(tmp_path: Path) -> None:
    scenario = only("wrong_order_dates", 0.5)
    make_world_in_parts(in_parts(tmp_path, scenario, people=2000, views=1))
    ((share,),) = ask(
        """
        select avg(cast(changes."CreatedDate" > deals."CreatedDate" as integer))
        from {salesforce__lead_history} as changes
        inner join (
            select distinct "Id", "CreatedDate" from {salesforce__opportunity}
        ) as deals on substr(changes."LeadId", 4) = substr(deals."Id", 4)
        where changes."NewValue" = 'Qualified'
        """,
        tmp_path,
    )
    assert share == pytest.approx(0.5, abs=0.12)


# Scenario files


def test_the_example_of_a_scenario_file_is_one(tmp_path: Path) -> None:
    path = tmp_path / "company.yml"
    path.write_text(EXAMPLE, encoding="utf-8")
    scenario = ScenarioFile(path).read()
    assert (scenario.name, scenario.people, scenario.seed) == ("company", 20_000, 7)
    assert scenario.dirt == replace(
        SCENARIOS["market"].dirt, duplicate_rows=0.01, bots=0.0
    )
    assert scenario.hazards.channel_uplifts["paid_search"] == 0.3
    assert scenario.hazards.channel_uplifts["email"] == 0.15
    assert scenario.campaign_effects == {"google_ads 2025 08": 2.5}
    assert scenario.ends == datetime(2026, 11, 9, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("peeple: 3", "no key peeple (its value is 3); known are based_on, months"),
        ("people: many", "people is 'many' and should be a whole number from 1"),
        ("people: true", "people is True and should be a whole number"),
        ("months: 99", "months is 99 and should be a whole number from 2 to 60"),
        ("based_on: big", "based_on is 'big' and should be one of clean, demo, market"),
        ("dirt: {bot: 0.1}", "no key dirt.bot (its value is 0.1)"),
        ("dirt: {bots: 1.5}", "dirt.bots is 1.5 and should be a number from 0 to 1"),
        ("dirt: 3", "dirt is 3 and should be keys with values"),
        ("hazards: {win: 1}", "no key hazards.win"),
        ("hazards: {opening: -1}", "hazards.opening is -1 and should be a number"),
        (
            "hazards: {won_by_channel: {tv: 0.1}}",
            "no key hazards.won_by_channel.tv",
        ),
        ("campaign_effects: {a: x}", "campaign_effects.a is 'x' and should be"),
        ("- people", "the file is ['people'] and should be keys with values"),
        ("people: [", "cannot be read as YAML"),
    ],
)
def test_a_mistake_in_a_scenario_file_is_told_with_its_place(
    tmp_path: Path, content: str, told: str
) -> None:
    path = tmp_path / "company.yml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(WrongUse) as refused:
        ScenarioFile(path).read()
    assert str(path) in refused.value.message
    assert told in refused.value.message


# The command


def run(*arguments: str) -> Any:
    return CliRunner().invoke(command, arguments)


def test_the_command_writes_parquet_and_prints_its_folder(tmp_path: Path) -> None:
    out, truth = str(tmp_path / "exports"), str(tmp_path / "truth")
    arguments = (
        *("--format", "parquet", "--people", "50", "--page-views", "500"),
        *("--out", out, "--truth", truth),
    )
    first = run(*arguments)
    assert first.exit_code == 0, first.output
    assert first.stdout == f"{out}\n"
    assert "50 people" in first.stderr
    names = {path.name for path in (tmp_path / "truth").iterdir()}
    assert names == {
        *("channel_effects.csv", "people_0001.parquet", "stages_0001.parquet"),
    }
    again = run(*arguments)
    assert again.exit_code == 2
    assert "of an earlier world" in again.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--format", "parquet"), "say with --out"),
        (("--scenario", "nowhere.yml"), "neither a file nor one of"),
    ],
)
def test_the_command_says_what_it_needs(arguments: tuple[str, ...], told: str) -> None:
    answer = run(*arguments)
    assert answer.exit_code == 2
    assert told in answer.stderr


def test_lives_one_by_one_refuse_hazards(tmp_path: Path) -> None:
    path = tmp_path / "company.yml"
    path.write_text("hazards: {opening: 0.5}", encoding="utf-8")
    answer = run("--scenario", str(path), "--out", str(tmp_path / "exports"))
    assert answer.exit_code == 2
    assert "add --format parquet" in answer.stderr


# Columns of text


def instants() -> Iterator[datetime]:
    """Instants around the changes of the clock, and others."""
    for day in (datetime(2025, 10, 26, tzinfo=UTC), datetime(2026, 3, 29, tzinfo=UTC)):
        for minutes in (-1, 0, 59, 60, 61, 119, 120):
            yield day + timedelta(minutes=minutes)
    yield datetime(2026, 2, 28, 23, 59, 59, tzinfo=UTC)


def test_text_is_written_as_python_writes_it() -> None:
    told = list(instants())
    seconds = np.array([columns.seconds_of(at) for at in told])
    assert columns.instants(seconds).to_pylist() == [
        f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in told
    ]
    zone = ZoneInfo("Europe/Amsterdam")
    assert columns.local_instants(seconds).to_pylist() == [
        f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}" for at in told
    ]
    assert columns.dates(seconds).to_pylist() == [f"{at:%Y-%m-%d}" for at in told]
    never = np.array([columns.NEVER, 0])
    assert columns.instants(never).to_pylist() == [None, "1970-01-01T00:00:00Z"]
    numbers = np.array([0, 7, 1_234_567])
    assert columns.keys("x", numbers, 9, "y").to_pylist() == [
        f"x{number:09d}y" for number in numbers
    ]
    assert columns.cents(np.array([0.0, 9.996, 1234.5])).to_pylist() == [
        *("0.00", "10.00", "1234.50"),
    ]


def test_office_hours_keep_the_order_and_almost_the_instant() -> None:
    at = np.arange(0, 21 * columns.DAY, 997) + 20_000 * columns.DAY
    moved = population.office(at)
    assert (np.diff(moved) >= 0).all()
    assert np.abs(moved - at).max() < 1.5 * columns.DAY
    weekday = (moved // columns.DAY + 3) % 7
    hour = moved % columns.DAY / 3600
    assert (weekday < 5).all()
    assert ((hour >= 8) & (hour <= 16)).all()


def test_fit_is_counted_by_the_agreement(terms: Terms) -> None:
    def fit(
        employees: int, industry: str, title: str, country: str, free: bool
    ) -> float:
        (points,) = terms.fit_of(
            np.array([employees]),
            np.array([population.INDUSTRIES.index(industry)]),
            np.array([population.TITLE_WORDS.index(title)]),
            np.array([population.COUNTRY_CODES.index(country)]),
            np.array([free]),
        )
        return float(points)

    assert fit(100, "Software", "CEO", "NL", False) == 20 + 10 + 15 + 5 + 10
    assert fit(5, "Retail", "Planner", "FR", True) == -10
    assert fit(300, "Retail", "IT Manager", "DE", False) == 15 + 8 + 5 + 10


def test_settings_are_of_the_version_in_force(terms: Terms) -> None:
    with (PROJECT / "seeds/lead_definition/definition_settings.csv").open() as lines:
        settings = {
            (row["definition_version"], row["setting"]): row["value"]
            for row in csv.DictReader(lines)
        }
    start = columns.seconds_of(datetime(2026, 11, 1, 23, tzinfo=UTC))
    lines_in_force = terms.line("total_line", np.array([start - 1, start])).tolist()
    assert lines_in_force == [
        float(settings["1.0.0", "total_line"]),
        float(settings["1.1.0", "total_line"]),
    ]


def test_the_command_help_shows_a_scenario_file() -> None:
    shown = run("--help").stdout
    for line in EXAMPLE.splitlines():
        assert line.strip() in shown
