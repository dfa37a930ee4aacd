"""Local days, working time and instants, by value; and working time by brute force."""

from __future__ import annotations

import csv
import random
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from conftest import PROJECT, Dbt, MakeDbt

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
CALENDAR = PROJECT / "seeds" / "mappings" / "working_calendar.csv"
MINUTE = timedelta(minutes=1)

# Both clock changes, Christmas and Easter lie in it.
WINDOW_START = datetime(2026, 10, 1, tzinfo=UTC)
WINDOW_END = datetime(2027, 4, 15, tzinfo=UTC)


def rendered(project: Dbt, text: str) -> str:
    """A text as dbt's templates make it."""
    compiled = project("compile", "--inline", text)
    return compiled.result.results[0].node.compiled_code


@pytest.fixture(scope="module")
def calendar(make_dbt: MakeDbt) -> Dbt:
    """A database with the working days of the demo's calendar, and its dates."""
    project = make_dbt()
    project(
        "build",
        *("--select", "working_calendar", "working_days", "dates"),
        *("--indirect-selection", "cautious"),
    )
    return project


def instant(text: str) -> str:
    return f"timestamp with time zone '{text}'"


# Expression -> its value, as text.
MACROS = {
    "local_date": {
        f'local_date("{instant("2026-10-31 23:30:00Z")}")': "2026-11-01",
        f'local_date("{instant("2026-10-31 22:30:00Z")}")': "2026-10-31",
        'local_date("null")': None,
    },
    "local_day_start": {
        "local_day_start(\"date '2026-10-25'\")": "2026-10-24 22:00:00+00",
        "local_day_start(\"date '2026-10-26'\")": "2026-10-25 23:00:00+00",
    },
    "local_day_end": {
        # The days of the clock changes have 25 and 23 hours.
        "local_day_end(\"date '2026-10-25'\")": "2026-10-25 22:59:59+00",
        "local_day_end(\"date '2027-03-28'\")": "2027-03-28 21:59:59+00",
        'local_day_end("cast(null as date)")': None,
    },
    "add_local_months": {
        "add_local_months(\"date '2026-10-28'\", 4)": "2027-02-28",
        "add_local_months(\"date '2026-10-29'\", 4)": "2027-02-28",
        "add_local_months(\"date '2026-10-30'\", 4)": "2027-02-28",
        "add_local_months(\"date '2026-10-31'\", 4)": "2027-02-28",
        "add_local_months(\"date '2023-10-31'\", 4)": "2024-02-29",
        # The last day of a month is no last day of the other.
        "add_local_months(\"date '2027-02-28'\", 4)": "2027-06-28",
    },
    "days_between_dates": {
        "days_between_dates(\"date '2026-12-31'\", \"date '2027-03-01'\")": "60",
        "days_between_dates(\"date '2027-03-01'\", \"date '2026-12-31'\")": "-60",
    },
    "iso_week_label": {
        "iso_week_label(\"date '2026-12-28'\")": "2026-W53",
        "iso_week_label(\"date '2027-01-03'\")": "2026-W53",
        "iso_week_label(\"date '2027-01-04'\")": "2027-W01",
        "iso_week_label(\"date '2024-12-30'\")": "2025-W01",
    },
    "seconds_between": {
        # The hour that comes twice.
        f'seconds_between("{instant("2026-10-25 00:30:00Z")}",'
        f' "{instant("2026-10-25 01:30:00Z")}")': "3600",
        f'seconds_between("{instant("2026-10-25 01:30:00Z")}",'
        f' "{instant("2026-10-25 01:29:59Z")}")': "-1",
    },
    "instant_after_seconds": {
        f'instant_after_seconds("{instant("2026-10-25 00:30:00Z")}", 90)': (
            "2026-10-25 00:31:30+00"
        ),
    },
    "instant_of_epoch_milliseconds": {
        "instant_of_epoch_milliseconds(1792888200999)": "2026-10-25 00:30:00+00",
    },
    "hash_key": {
        # md5 of `a||1`
        'hash_key(["\'a\'", "null", "1"])': "eb4487bdad6fad86d0d1fe882918b484",
    },
    "json_text": {
        'json_text("\'{\\"a\\": {\\"b\\": 4}}\'", "$.a.b")': "4",
        'json_text("\'{\\"a\\": 1\'", "$.a")': None,
    },
    "replace_all": {'replace_all("\'a1b22\'", "[0-9]", "-")': "a-b--"},
}


@pytest.fixture(scope="module")
def values(calendar: Dbt) -> dict[str, Any]:
    """Every expression of MACROS with what it comes to, from one call of dbt."""
    expressions = [call for cases in MACROS.values() for call in cases]
    columns = ", ".join("cast({{ " + call + " }} as varchar)" for call in expressions)
    (row,) = calendar.sql(rendered(calendar, f"select {columns}"))
    return dict(zip(expressions, row, strict=True))


@pytest.mark.parametrize(
    ("call", "expected"),
    [pair for cases in MACROS.values() for pair in cases.items()],
)
def test_macro(values: dict[str, Any], call: str, expected: str | None) -> None:
    assert values[call] == expected


@pytest.mark.parametrize(
    ("day", "iso_week", "month_start"),
    [
        (date(2026, 12, 28), "2026-W53", date(2026, 12, 1)),
        (date(2027, 1, 3), "2026-W53", date(2027, 1, 1)),
        (date(2027, 1, 4), "2027-W01", date(2027, 1, 1)),
    ],
)
def test_dates(calendar: Dbt, day: date, iso_week: str, month_start: date) -> None:
    assert calendar.sql(
        f"select iso_week, month_start from utilities.dates where date_day = '{day}'"
    ) == [(iso_week, month_start)]


def test_dates_run_from_the_first_day_of_the_calendar_to_the_last(
    calendar: Dbt,
) -> None:
    assert calendar.sql(
        "select min(date_day), max(date_day), count(*) from utilities.dates"
    ) == [(date(2023, 1, 1), date(2032, 12, 31), 3653)]


@pytest.mark.parametrize(
    ("asked_on", "due_at"),
    [
        # All four are 28 February, a Sunday.
        (date(2026, 10, 28), "2027-03-01 09:00"),
        (date(2026, 10, 29), "2027-03-01 09:00"),
        (date(2026, 10, 30), "2027-03-01 09:00"),
        (date(2026, 10, 31), "2027-03-01 09:00"),
        (date(2023, 10, 31), "2024-02-29 09:00"),
        # 27 April is King's Day.
        (date(2026, 12, 27), "2027-04-28 09:00"),
    ],
)
def test_a_callback_over_four_months_is_due_at_an_opening(
    calendar: Dbt, asked_on: date, due_at: str
) -> None:
    unrolled = rendered(
        calendar, "{{ add_local_months(\"date '" + str(asked_on) + "'\", 4) }}"
    )
    ((opens_at,),) = calendar.sql(
        f"""
        select due_days.opens_at_utc
        from utilities.working_days as unrolled_days
        inner join utilities.working_days as due_days
            on unrolled_days.next_working_date = due_days.calendar_date
        where unrolled_days.calendar_date = {unrolled}
        """
    )
    assert opens_at == datetime.fromisoformat(due_at).replace(tzinfo=AMSTERDAM)


def test_the_fifth_working_day_after_a_day_has_its_number_plus_five(
    calendar: Dbt,
) -> None:
    # Over Good Friday, which is worked on, and Easter Monday, which is not.
    assert calendar.sql(
        """
        select last_days.calendar_date
        from utilities.working_days as first_days
        inner join utilities.working_days as last_days
            on first_days.working_day_number + 5 = last_days.working_day_number
            and last_days.is_working_day
        where first_days.calendar_date in ('2027-03-25', '2027-03-27')
        order by first_days.calendar_date
        """
    ) == [(date(2027, 4, 2),), (date(2027, 4, 5),)]


Span = tuple[datetime, datetime]


@pytest.fixture(scope="module")
def working_time_sql(calendar: Dbt) -> str:
    """A query of the working seconds of spans; `{spans}` stands for their rows."""
    return rendered(
        calendar,
        """
        with spans (span_number, starts_at, ends_at) as (
            values {spans}
        )
        select
            span_number,
            {{ working_seconds_until('ends_at', 'end_days') }}
            - ({{ working_seconds_until('starts_at', 'start_days') }}),
            {{ seconds_between('starts_at', 'ends_at') }}
        from spans
        inner join utilities.working_days as start_days
            on {{ local_date('starts_at') }} = start_days.calendar_date
        inner join utilities.working_days as end_days
            on {{ local_date('ends_at') }} = end_days.calendar_date
        order by span_number
        """,
    )


def seconds_of(calendar: Dbt, query: str, spans: list[Span]) -> list[tuple[int, int]]:
    """Working seconds and seconds by the clock of each span."""
    rows = ", ".join(
        f"({number}, {instant(start.isoformat())}, {instant(end.isoformat())})"
        for number, (start, end) in enumerate(spans)
    )
    return [
        (working, clock)
        for _, working, clock in calendar.sql(query.replace("{spans}", rows))
    ]


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM)


# From, to, minutes of work, minutes by the clock.
GOLDEN = [
    ("2026-11-20 16:45", "2026-11-23 09:30", 75, 3885),
    ("2026-11-21 10:00", "2026-11-22 12:00", 0, 1560),
    # Over Good Friday's evening, Easter Monday and the start of summer time.
    ("2027-03-26 17:00", "2027-03-30 09:30", 60, 5250),
    # Over the end of summer time.
    ("2026-10-23 17:00", "2026-10-26 09:30", 60, 3930),
    ("2026-12-24 16:30", "2026-12-28 10:00", 120, 5370),
    ("2026-11-24 17:30", "2026-11-25 09:00", 0, 930),
]


def test_working_minutes_of_the_golden_spans(
    calendar: Dbt, working_time_sql: str
) -> None:
    spans = [(local(start), local(end)) for start, end, _, _ in GOLDEN]
    assert seconds_of(calendar, working_time_sql, spans) == [
        (working * 60, clock * 60) for _, _, working, clock in GOLDEN
    ]


def test_working_time_is_what_counting_minute_by_minute_gives(
    calendar: Dbt, working_time_sql: str
) -> None:
    with CALENDAR.open(encoding="utf-8", newline="") as lines:
        hours = {
            row["calendar_date"]: (row["opens_at"], row["closes_at"])
            for row in csv.DictReader(lines)
            if row["is_working_day"] == "true"
        }

    def is_worked(minute: datetime) -> bool:
        shown = minute.astimezone(AMSTERDAM)
        opens_at, closes_at = hours.get(shown.date().isoformat(), ("", ""))
        return opens_at <= shown.strftime("%H:%M") < closes_at

    minute_count = int((WINDOW_END - WINDOW_START) / MINUTE)
    worked_before = list(
        accumulate(
            (
                is_worked(WINDOW_START + number * MINUTE)
                for number in range(minute_count)
            ),
            initial=0,
        )
    )
    chance = random.Random(20261115)
    clock_changes = [
        int((change - WINDOW_START) / MINUTE)
        for change in (
            datetime(2026, 10, 25, 1, tzinfo=UTC),
            datetime(2027, 3, 28, 1, tzinfo=UTC),
        )
    ]
    numbers = [
        (change - chance.randrange(7200), change + chance.randrange(7200))
        for change in clock_changes
        for _ in range(50)
    ]
    numbers += [
        tuple(sorted(chance.sample(range(minute_count), 2))) for _ in range(200)
    ]
    spans = [
        (WINDOW_START + start * MINUTE, WINDOW_START + end * MINUTE)
        for start, end in numbers
    ]
    assert [
        working for working, _ in seconds_of(calendar, working_time_sql, spans)
    ] == [(worked_before[end] - worked_before[start]) * 60 for start, end in numbers]


def test_seconds_count_within_a_minute(calendar: Dbt, working_time_sql: str) -> None:
    span = (local("2026-11-24 17:29:30"), local("2026-11-25 09:00:15"))
    assert seconds_of(calendar, working_time_sql, [span]) == [(45, 55845)]
