"""How the answers may change when the exports or the agreement do, and how not.

No right answer is needed: each test compares worlds of random lives with the same
worlds told otherwise. They live side by side in one build, under other names or in
another quarter, in which another version of the agreement is in force. A second build
has the same exports in more files, with strangers, and with some people erased.

Time is kept in UTC here, and no day is a holiday, so that quarters are alike.
"""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from conftest import PROJECT, Dbt, MakeDbt
from differential import marts_to_build
from exports_builder import Exports
from random_lives import (
    BEGINNINGS,
    EXPORTED_AT,
    KINDS,
    Step,
    World,
    choose_shapes,
    make_world,
    token_of,
    write_worlds,
)

# With this seed every kind of world has rows in every mart that is compared.
SEED = 20250525
QUARTER = timedelta(weeks=13)
# A Monday, one year before sales meets the people of the other random worlds.
START = datetime(2025, 5, 5, tzinfo=UTC)
SETTLING = timedelta(weeks=1)
# The quarters after START, and what the agreement is in them. Four make 364 days.
FIRST, HIGHER_LINE, LONGER_HALF_LIFE, MORE_HOURS, AGAIN = range(5)
RAISED_BY = 10
# The month in which people ask to be erased is not closed yet.
ERASED_AT = datetime(2027, 3, 31, 12, tzinfo=UTC)
OPEN_FROM = date(2027, 3, 1)
# Everybody is exported in the middle of each quarter of theirs, so half-way.
EXPORTS_AT = (
    *(START + number * QUARTER + QUARTER / 2 for number in range(5)),
    datetime(2026, 12, 27, 19, tzinfo=UTC),
)
# Ids that other names lead to, and that stay the same apart from those. Others are made
# of what a row holds, or counted.
KEPT_IDS = {
    "rule_id",
    "person_id",
    "pass_id",
    "lead_id",
    "primary_opportunity_id",
    "campaign_id",
    "first_touch_campaign_id",
    "anonymous_id",
    "owner_user_id",
    "decided_by_user_id",
    "holder_user_id",
}
# Erasure hides the names that these worlds are known by; and of an account's people, a
# deal can move the one whose id happens to be the smallest.
ANYTHING = frozenset(KINDS) - {"accounts", "erasure"}
# Nobody raises a hand, so that scores decide.
SCORED = frozenset({"devices", "fit", "mail", "meetings", "merges", "social"})
MARTS = (
    "fct_funnel",
    "fct_stage_events",
    "fct_ownership_periods",
    "fct_handovers",
    "fct_commitments",
    "fct_scores",
    "fct_score_points",
    "fct_touches",
)

# What counts events of no effect too, which stand in the order of ids in a second.
ORDERED_BY_IDS = {"event_number"}

Rows = Counter[tuple[Any, ...]]


# Worlds


def make_worlds(
    block: int,
    begin: datetime,
    *,
    count: int,
    people: int,
    kinds: frozenset[str] = ANYTHING,
) -> list[World]:
    """Worlds of people to whom such things happen from `begin` on."""
    shapes = [
        replace(shape, begin=begin, people=people, pace="usual", kinds=kinds)
        for shape in choose_shapes(count, SEED + block)
    ]
    return [
        make_world(shape, 100 * block + number) for number, shape in enumerate(shapes)
    ]


def renamed(worlds: Iterable[World], block: int) -> list[World]:
    """The same worlds with other people."""
    return [
        world.renamed(token_of(100 * block + number))
        for number, world in enumerate(worlds)
    ]


def merged_again(world: World) -> World:
    """The world in which each merge is told once more, and again a day later."""
    steps = []
    for step in world.steps:
        steps.append(step)
        if step.method == "merge_contacts":
            later = step.at + timedelta(days=1)
            keywords = tuple((dict(step.keywords) | {"at": later}).items())
            steps += [step, replace(step, at=later, keywords=keywords)]
    return replace(world, steps=tuple(steps))


def of_a_quarter(world: World) -> World:
    """What happens in the first quarter; months, which are no weeks, do not count."""
    steps = [
        replace(
            step,
            keywords=tuple(
                (name, value)
                for name, value in step.keywords
                if name != "callback_months"
            ),
        )
        for step in world.steps
        if step.at < START + QUARTER
    ]
    return replace(world, steps=tuple(steps))


def early_bird(token: str) -> World:
    """Somebody to whom all happens on working days before nine."""
    name, email = f"{token}p0", f"{token}p0@{token}.example"
    morning = START + SETTLING + timedelta(hours=8, minutes=30)
    days: list[tuple[str, tuple[str, ...], dict[str, object]]] = [
        ("contact", (name, email), {"employees": 120}),
        ("lead", (name, email), {}),
        ("form", ("demo_request", email), {}),
        ("assign", (name, "sam"), {}),
        ("task", (name,), {"by": "sam"}),
        ("accept", (name,), {"by": "sam"}),
    ]
    steps = []
    for number, (method, arguments, keywords) in enumerate(days):
        at = morning + timedelta(days=max(0, number - 2))
        steps.append(Step(at, method, arguments, (*keywords.items(), ("at", at))))
    return World(token, tuple(steps))


def slow_riser(token: str) -> World:
    """Somebody who does a little every few days: fading decides when it is enough."""
    name, email = f"{token}p0", f"{token}p0@{token}.example"
    begin = START + SETTLING + timedelta(hours=10)
    fit = (("employees", 120), ("country", "NL"), ("at", begin))
    steps = [
        Step(begin, "contact", (name, email), fit),
        Step(begin, "lead", (name, email), (("at", begin),)),
    ]
    for number in range(7):
        read_at = begin + timedelta(days=10 * number + 1)
        clicked_at = read_at + timedelta(days=5)
        steps += [
            Step(read_at, "form", ("gated_content", email), (("at", read_at),)),
            Step(clicked_at, "email_event", ("CLICK", email), (("at", clicked_at),)),
        ]
    return World(token, tuple(steps))


def one_second(token: str) -> World:
    """People who see a page, click, are known and called, all in one second."""
    at = BEGINNINGS[1]
    steps = []
    for name in (f"{token}p{number}" for number in range(8)):
        email = f"{name}@{token}.example"
        things: list[tuple[str, tuple[str, ...], dict[str, object]]] = [
            ("contact", (name, email), {}),
            ("lead", (name, email), {}),
            ("task", (name,), {"by": "sam"}),
            ("email_event", ("CLICK", email), {}),
            ("page", (name, "pricing"), {"source": "google", "medium": "cpc"}),
            ("identify", (name, email), {}),
        ]
        steps += [
            Step(at, method, arguments, (*keywords.items(), ("at", at)))
            for method, arguments, keywords in things
        ]
    return World(token, tuple(steps))


def moved(world: World, by: timedelta) -> World:
    """The same world at another time."""

    def move(name: str, value: object) -> object:
        if isinstance(value, datetime):
            return value + by
        if name in ("on", "responded_on") and value:
            return (date.fromisoformat(str(value)) + by).isoformat()
        return value

    steps = tuple(
        replace(
            step,
            at=step.at + by,
            keywords=tuple((name, move(name, value)) for name, value in step.keywords),
        )
        for step in world.steps
    )
    return replace(world, steps=steps)


def with_erasures(world: World) -> World:
    """The world in which at last everybody asks to be erased."""
    emails = {step.arguments[1] for step in world.steps if step.method == "contact"}
    requests = [
        Step(ERASED_AT, "erasure", (email,), (("at", ERASED_AT),))
        for email in sorted(emails)
    ]
    return replace(world, steps=(*world.steps, *requests))


def one_page_a_second(world: World) -> World:
    """The world in which no visitor sees two pages in one second.

    Of two the id says which came first, and erasing gives both another id.
    """
    seen: set[tuple[object, object]] = set()
    steps = []
    for step in world.steps:
        page = (step.arguments[0], dict(step.keywords).get("at"))
        if step.method != "page" or page not in seen:
            steps.append(step)
        if step.method == "page":
            seen.add(page)
    return replace(world, steps=tuple(steps))


@dataclass(frozen=True)
class Worlds:
    """All worlds of both builds."""

    # The same lives in each of the quarters.
    quarters: tuple[list[World], ...]
    lives: list[World]
    twins: list[World]
    merged_again: list[World]
    erased: list[World]
    strangers: list[World]

    @property
    def lasting(self) -> list[World]:
        """Those of both builds to whom nothing happens between them."""
        quarters = [world for quarter in self.quarters for world in quarter]
        return [*quarters, *self.lives, *self.twins, *self.merged_again]


@pytest.fixture(scope="module")
def worlds() -> Worlds:
    begin = START + SETTLING
    first = [
        of_a_quarter(world)
        for world in (
            *make_worlds(0, begin, count=3, people=8),
            *make_worlds(5, begin, count=4, people=8, kinds=SCORED),
            slow_riser(token_of(598)),
            early_bird(token_of(599)),
        )
    ]
    lives = make_worlds(10, BEGINNINGS[1], count=4, people=6)
    lives.append(one_second(token_of(1099)))
    return Worlds(
        quarters=tuple(
            [moved(world, number * QUARTER) for world in renamed(first, number)]
            for number in range(5)
        ),
        lives=lives,
        twins=renamed(lives, 11),
        merged_again=[merged_again(world) for world in renamed(lives, 12)],
        erased=[
            one_page_a_second(world)
            for world in make_worlds(13, BEGINNINGS[0], count=2, people=6)
        ],
        strangers=make_worlds(14, BEGINNINGS[1], count=3, people=6),
    )


# The agreement


def read_table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def write_table(path: Path, rows: Sequence[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def change_agreement(version: str, table: str, row: dict[str, str]) -> dict[str, str]:
    """A row of the agreement as a quarter's version has it."""
    row = row | {"definition_version": version}
    if table == "definition_settings":
        if row["setting"] == "report_time_zone":
            row["value"] = "UTC"
        if row["setting"] == "total_line" and version == str(HIGHER_LINE):
            row["value"] = str(int(row["value"]) + RAISED_BY)
    if table == "behaviour_rules" and version == str(LONGER_HALF_LIFE):
        row["half_life_days"] = str(2 * int(row["half_life_days"] or 0) or "")
    return row


def write_agreement(seeds: Path) -> None:
    """One version for each quarter, from the one that is in force today."""
    versions = read_table(seeds / "lead_definition" / "definition_versions.csv")
    (active,) = (row for row in versions if row["status"] == "active")
    for path in (seeds / "lead_definition").glob("*.csv"):
        rows = read_table(path)
        write_table(
            path,
            [
                change_agreement(str(number), path.stem, row)
                for number in range(5)
                for row in rows
                if row["definition_version"] == active["definition_version"]
            ],
        )
    write_table(
        seeds / "lead_definition" / "definition_versions.csv",
        [
            active
            | {
                "definition_version": str(number),
                "status": "active" if number == AGAIN else "retired",
                "effective_from": (START + number * QUARTER).strftime("%F %T"),
            }
            for number in range(5)
        ],
    )


def write_calendar(seeds: Path) -> None:
    """No holidays, and in one quarter an hour more in the morning."""
    longer_from = (START + MORE_HOURS * QUARTER).date()
    longer_to = (START + AGAIN * QUARTER).date()
    rows = []
    for row in read_table(seeds / "mappings" / "working_calendar.csv"):
        day = date.fromisoformat(row["calendar_date"])
        if day.isoweekday() <= 5:
            opens_at = "08:00" if longer_from <= day < longer_to else "09:00"
            hours = {"opens_at": opens_at, "closes_at": "17:30"}
            row = row | hours | {"holiday_name": "", "is_working_day": "true"}
        rows.append(row)
    write_table(seeds / "mappings" / "working_calendar.csv", rows)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with an agreement and a calendar of its own."""
    folder = tmp_path_factory.mktemp("quarters")
    for name in ("models", "macros", "dbt_project.yml", "profiles.yml", "tests"):
        (folder / name).symlink_to(PROJECT / name)
    (folder / "seeds").mkdir()
    (folder / "seeds" / "exports").symlink_to(PROJECT / "seeds" / "exports")
    for name in ("lead_definition", "mappings"):
        shutil.copytree(PROJECT / "seeds" / name, folder / "seeds" / name)
    write_agreement(folder / "seeds")
    write_calendar(folder / "seeds")
    return folder


# Builds


class OtherExports(Exports):
    """Exports whose ids are none of the ids of the others."""

    def _next(self, kind: str) -> str:
        return f"x{super()._next(kind)}"


class Built:
    """A build, with rows that say of whom they are."""

    def __init__(self, make_dbt: MakeDbt, project: Path, exports: Path) -> None:
        self._dbt: Dbt = make_dbt(
            exports_dir=exports, project=project, report_time_zone="UTC"
        )
        self._dbt(
            "build",
            *("--exclude-resource-type", "unit_test", "test"),
            *("--select", *marts_to_build(), "+fct_score_points"),
        )
        self.people: dict[str, str] = {
            row["person_id"]: row["first_key"]
            for row in self._dbt.rows(
                "select person_id, first_key from intermediate.int_people"
            )
        }
        # A visit without consent has no visitor in the marts.
        self._visitors: dict[str, str] = {
            row["session_id"]: row["anonymous_id"]
            for row in self._dbt.rows(
                "select session_id, anonymous_id from intermediate.int_sessions"
            )
        }
        self._passes = {
            row["pass_id"]: row
            for row in self._dbt.rows(
                "select pass_id, person_id, pass_number from marts.fct_funnel"
            )
        }
        self._rows: dict[str, list[dict[str, Any]]] = {}

    def rows(self, table: str) -> list[dict[str, Any]]:
        """The rows of a table, each with the `key` of its person or visitor."""
        if table not in self._rows:
            schema = "intermediate" if table.startswith("int_") else "marts"
            rows = self._dbt.rows(f"select * from {schema}.{table}")
            for row in rows:
                row["key"] = self._key(row)
            self._rows[table] = rows
        return self._rows[table]

    def _key(self, row: dict[str, Any]) -> str:
        person_id = row.get("person_id")
        if person_id is None and row.get("pass_id"):
            person_id = self._passes[row["pass_id"]]["person_id"]
        if person_id:
            return self.people[person_id]
        if row.get("session_id"):
            return self._visitors[row["session_id"]]
        return str(row.get("anonymous_id") or row["opportunity_id"])

    def rows_of(self, worlds: Iterable[World], table: str) -> list[dict[str, Any]]:
        """The rows that are of the people of some worlds."""
        tokens = {world.token for world in worlds}
        return [row for row in self.rows(table) if token_in(row["key"]) in tokens]

    def named(self, world: World, table: str) -> list[dict[str, Any]]:
        """The rows of a world without the names that only that world has."""
        return [
            {
                name: self._without_name(world, name, value)
                for name, value in row.items()
                if not name.endswith("_id") or name in KEPT_IDS
                if name not in ORDERED_BY_IDS
            }
            for row in self.rows_of([world], table)
        ]

    def _without_name(self, world: World, name: str, value: Any) -> Any:
        if name == "pass_id" and value:
            pass_ = self._passes[value]
            value = f"{self.people[pass_['person_id']]} {pass_['pass_number']}"
        if name == "person_id" and value:
            value = self.people[value]
        return value.replace(world.token, "*") if isinstance(value, str) else value


def token_in(key: str) -> str:
    """The token of the world of a key: what its name begins with."""
    name = key.partition(":")[2] or key
    for prefix in ("hs-", "00Q", "003", "006"):
        name = name.removeprefix(prefix)
    return name.lstrip("0")[:4]


@pytest.fixture(scope="module")
def plain_exports(worlds: Worlds, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plain")
    return write_worlds([*worlds.lasting, *worlds.erased], EXPORTS_AT, folder)


@pytest.fixture(scope="module")
def before(make_dbt: MakeDbt, project: Path, plain_exports: Path) -> Built:
    return Built(make_dbt, project, plain_exports)


@pytest.fixture(scope="module")
def after(
    make_dbt: MakeDbt,
    project: Path,
    worlds: Worlds,
    tmp_path_factory: pytest.TempPathFactory,
) -> Built:
    """Some people erased, every file split, and files of strangers and of old."""
    folder = tmp_path_factory.mktemp("after")
    erased = [with_erasures(world) for world in worlds.erased]
    whole = write_worlds([*worlds.lasting, *erased], EXPORTS_AT, folder / "whole")
    strangers = write_worlds(
        worlds.strangers, EXPORTS_AT, folder / "strangers", OtherExports(EXPORTED_AT)
    )
    old = OtherExports("2024-06-01 06:00")
    old.page("somebody-of-old", "pricing", at="2024-05-31 10:00")
    old.write(folder / "old")
    exports = folder / "exports"
    exports.mkdir()
    for path in whole.glob("*.csv"):
        rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
        for number in range(2):
            half = rows[:1] + rows[1 + number :: 2]
            part = exports / f"{path.stem}_{number}.csv"
            part.write_text("".join(half), encoding="utf-8")
        shutil.copy(strangers / path.name, exports / f"{path.stem}_2.csv")
        shutil.copy(folder / "old" / path.name, exports / f"{path.stem}_3.csv")
    return Built(make_dbt, project, exports)


# Relations between worlds of one build


def counted(rows: Iterable[dict[str, Any]]) -> Rows:
    return Counter(tuple(row.items()) for row in rows)


def assert_same(name: str, one: Rows, other: Rows) -> None:
    """Both have the same rows, and there are some."""
    assert one, f"{name} has no row to compare"
    lines = [f"first only: {row}" for row in (one - other).elements()]
    lines += [f"other only: {row}" for row in (other - one).elements()]
    if lines:
        pytest.fail("\n".join([f"{name}: {len(lines)} rows differ", *lines[:6]]), False)


def counted_of(built: Built, worlds: Iterable[World], table: str) -> Rows:
    """The rows of worlds without their names, by the place of the world."""
    return Counter(
        (place, *row.items())
        for place, world in enumerate(worlds)
        for row in built.named(world, table)
    )


@pytest.mark.parametrize("table", MARTS)
def test_other_names_change_nothing_else(
    before: Built, worlds: Worlds, table: str
) -> None:
    assert_same(
        table,
        counted_of(before, worlds.lives, table),
        counted_of(before, worlds.twins, table),
    )


@pytest.mark.parametrize("table", MARTS)
def test_who_is_merged_again_is_who_was_merged(
    before: Built, worlds: Worlds, table: str
) -> None:
    assert_same(
        table,
        counted_of(before, worlds.lives, table),
        counted_of(before, worlds.merged_again, table),
    )


# What a row says of its own instant. What it learns later, such as its end, is left
# out: the quarters that follow are not alike.
OF_THE_INSTANT = {
    "fct_stage_events": (
        "occurred_at",
        ("stage", "previous_stage", "event", "is_repaired"),
    ),
    "fct_ownership_periods": (
        "valid_from",
        ("owner_team", "owner_user_id", "change_reason"),
    ),
    "fct_handovers": (
        "assigned_at",
        (
            *("direction", "handover_number", "opening_event", "tier", "mql_at"),
            *("limbo_clock_minutes", "is_premature"),
        ),
    ),
    "fct_scores": (
        "evaluated_at",
        (
            *("evaluation_kinds", "fit_grade", "behaviour_grade"),
            *("fit_points", "behaviour_points", "total_points"),
        ),
    ),
    "fct_score_points": ("evaluated_at", ("axis", "rule_id", "points", "event_count")),
    "fct_touches": (
        "occurred_at",
        (
            *("touch_type", "channel", "touch_team", "assist_team"),
            "is_eligible_for_credit",
        ),
    ),
    "int_mql_events": (
        "occurred_at",
        ("trigger", "tier", "fit_points", "behaviour_points", "total_points"),
    ),
}


class Quarter:
    """What happened in a quarter, told as if it had happened in the first."""

    def __init__(self, built: Built, worlds: Worlds, number: int) -> None:
        self._built = built
        self._worlds = worlds.quarters[number]
        self._by = number * QUARTER

    def rows(
        self, table: str, more: Sequence[str] = ()
    ) -> dict[tuple[Any, ...], dict[str, Any]]:
        """The rows of the quarter's instants, by whose they are, instant and copy.

        They have what is of the instant, and `more` columns.
        """
        instant, columns = OF_THE_INSTANT[table]
        found: dict[tuple[Any, ...], dict[str, Any]] = {}
        for number, world in enumerate(self._worlds):
            for row in self._built.named(world, table):
                values = {name: self._moved(row[name]) for name in (*columns, *more)}
                at = self._moved(row[instant])
                if START <= at < START + QUARTER:
                    whose = (number, row.get("pass_id") or row["key"], at)
                    part = (row.get("rule_id"), row.get("direction"))
                    key = (*whose, *part, 0)
                    while key in found:
                        key = (*key[:-1], key[-1] + 1)
                    found[key] = values
        return found

    def moments(self, table: str) -> Rows:
        """The rows of the quarter, counted."""
        rows = self.rows(table)
        return Counter((*key[:-1], *values.items()) for key, values in rows.items())

    def _moved(self, value: Any) -> Any:
        return value - self._by if isinstance(value, datetime) else value


@pytest.fixture(scope="module")
def quarters(before: Built, worlds: Worlds) -> list[Quarter]:
    return [Quarter(before, worlds, number) for number in range(5)]


@pytest.mark.parametrize("table", OF_THE_INSTANT)
def test_a_year_of_weeks_later_all_is_as_it_was(
    quarters: list[Quarter], table: str
) -> None:
    assert_same(table, quarters[FIRST].moments(table), quarters[AGAIN].moments(table))


@pytest.mark.parametrize("table", OF_THE_INSTANT)
def test_more_opening_hours_move_nobody(quarters: list[Quarter], table: str) -> None:
    assert_same(
        table, quarters[FIRST].moments(table), quarters[MORE_HOURS].moments(table)
    )


@pytest.mark.parametrize(
    ("minutes", "stopped_at"),
    [
        ("limbo_business_minutes", "assigned_at"),
        ("first_touch_business_minutes", "first_attempt_at"),
        ("decision_business_minutes", "decided_at"),
    ],
)
def test_more_opening_hours_take_no_minute_off(
    quarters: list[Quarter], minutes: str, stopped_at: str
) -> None:
    usual, longer = (
        {
            key: row[minutes]
            for key, row in quarters[number]
            .rows("fct_handovers", (minutes, stopped_at))
            .items()
            if row[stopped_at] and row[stopped_at] < START + QUARTER
            if row[minutes] is not None
        }
        for number in (FIRST, MORE_HOURS)
    )
    assert usual.keys() == longer.keys()
    assert [key for key in usual if longer[key] < usual[key]] == []
    assert [key for key in usual if longer[key] > usual[key]] != []


@pytest.mark.parametrize("table", ["fct_score_points", "fct_touches"])
def test_a_higher_line_changes_no_points(quarters: list[Quarter], table: str) -> None:
    assert_same(
        table, quarters[FIRST].moments(table), quarters[HIGHER_LINE].moments(table)
    )


def first_mqls(quarter: Quarter) -> dict[tuple[Any, ...], datetime]:
    """When each pass was called an MQL by a rule."""
    return {key[:2]: key[2] for key in quarter.rows("int_mql_events")}


def test_a_higher_line_makes_fewer_mqls_and_none_sooner(
    quarters: list[Quarter],
) -> None:
    usual, higher = first_mqls(quarters[FIRST]), first_mqls(quarters[HIGHER_LINE])
    assert higher.keys() <= usual.keys()
    assert len(higher) < len(usual)
    assert [key for key, at in higher.items() if at < usual[key]] == []


def test_a_longer_half_life_lowers_no_score(quarters: list[Quarter]) -> None:
    usual = quarters[FIRST].rows("fct_scores")
    longer = quarters[LONGER_HALF_LIFE].rows("fct_scores")
    assert usual.keys() == longer.keys()
    changed = {
        key
        for key, row in usual.items()
        if row["behaviour_points"] != longer[key]["behaviour_points"]
    }
    assert changed
    for key, row in usual.items():
        assert longer[key]["fit_points"] == row["fit_points"], key
        if key in changed:
            assert longer[key]["behaviour_points"] > row["behaviour_points"], key
            assert longer[key]["total_points"] > row["total_points"], key


def test_a_longer_half_life_makes_no_mql_later(quarters: list[Quarter]) -> None:
    usual, longer = first_mqls(quarters[FIRST]), first_mqls(quarters[LONGER_HALF_LIFE])
    assert longer.keys() >= usual.keys()
    assert [key for key, at in usual.items() if longer[key] > at] == []
    assert any(longer[key] < at for key, at in usual.items()) or len(longer) > len(
        usual
    )


# Relations between the builds


@pytest.mark.parametrize("table", MARTS)
def test_strangers_more_files_and_old_exports_change_no_row(
    before: Built, after: Built, worlds: Worlds, table: str
) -> None:
    assert after.rows_of(worlds.strangers, table)
    assert_same(
        table,
        counted(before.rows_of(worlds.lasting, table)),
        counted(after.rows_of(worlds.lasting, table)),
    )


def test_strangers_change_no_credit_by_the_place_of_a_touch(
    before: Built, after: Built, worlds: Worlds, project: Path
) -> None:
    """What a channel is worth in itself is learnt from everybody, so may change."""
    rows = read_table(project / "seeds" / "lead_definition" / "attribution_models.csv")
    of_channels = {
        row["attribution_model"] for row in rows if row["position"] == "channel"
    }
    one, other = (
        counted(
            row
            for row in built.rows_of(worlds.lasting, "fct_touch_credits")
            if row["attribution_model"] not in of_channels
        )
        for built in (before, after)
    )
    assert_same("fct_touch_credits", one, other)


# The instant that says of which month a row is, and what is counted of the month.
TOTALS = {
    "fct_stage_events": ("occurred_at", ("stage", "previous_stage", "event")),
    "fct_handovers": (
        "assigned_at",
        ("direction", "opening_event", "tier", "decision", "reason_code"),
    ),
    "fct_commitments": ("requested_at", ("months", "horizon_days")),
    "fct_touches": (
        "occurred_at",
        ("touch_type", "channel", "touch_team", "is_eligible_for_credit"),
    ),
    "fct_funnel": (
        "opened_at",
        (
            *("pass_number", "pass_type", "entry_reason", "mql_trigger", "sourced_by"),
            *("first_touch_channel", "total_points", "booked_amount_eur"),
            *("inquiry_month", "mql_month", "sal_month", "opportunity_month"),
        ),
    ),
}


def totals(built: Built, worlds: Iterable[World], table: str) -> Rows:
    """What the closed months count, without some worlds."""
    instant, columns = TOTALS[table]
    left_out = {world.token for world in worlds}
    return Counter(
        (row[instant].strftime("%Y-%m"), *(row[name] for name in columns))
        for row in built.rows(table)
        if row[instant].date() < OPEN_FROM and token_in(row["key"]) not in left_out
    )


@pytest.mark.parametrize("table", TOTALS)
def test_who_is_erased_is_still_counted(
    before: Built, after: Built, worlds: Worlds, table: str
) -> None:
    assert before.rows_of(worlds.erased, table)
    assert not after.rows_of(worlds.erased, table)
    assert_same(
        table,
        totals(before, (), table),
        totals(after, worlds.strangers, table),
    )
