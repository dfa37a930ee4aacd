"""The greedy selection of events under count caps, against plain loops."""

from __future__ import annotations

import csv
import random
import tempfile
from typing import NamedTuple

import duckdb
import pytest

from conftest import MakeDbt

SEQUENCE_COUNT = 5000

# By cap id: at most so many in so many days; None for the whole sequence.
CAPS: dict[str, list[tuple[int, int | None]]] = {
    "one a day": [(1, 1)],
    "one a day and three a week": [(1, 1), (3, 7)],
    "three in thirty days": [(3, 30)],
    "two a day, three in three days, five in ten": [(2, 1), (3, 3), (5, 10)],
    "one in all": [(1, None)],
    "two a week and four in all": [(2, 7), (4, None)],
}


class Event(NamedTuple):
    """One event of a sequence, with a number that gives its order."""

    sequence_id: str
    event_number: int
    event_day: int
    cap_id: str


def selected_by_loops(events: list[Event]) -> set[tuple[str, int]]:
    """The events that count, by looking back at every kept one each time."""
    kept: dict[str, list[int]] = {}
    selected = set()
    for event in sorted(events, key=lambda each: each.event_number):
        days = kept.setdefault(event.sequence_id, [])
        has_room = all(
            sum(
                1
                for day in days
                if per_days is None or event.event_day - per_days < day
            )
            < max_count
            for max_count, per_days in CAPS[event.cap_id]
        )
        if has_room:
            days.append(event.event_day)
            selected.add((event.sequence_id, event.event_number))
    return selected


def random_sequences() -> list[Event]:
    """Sequences of up to 60 events with gaps from none to beyond any window."""
    chance = random.Random(20261102)
    events = []
    for sequence in range(SEQUENCE_COUNT):
        cap_id = chance.choice(list(CAPS))
        gaps = chance.choice([(0, 0, 0, 1, 2), (0, 1, 1, 3), (0, 1, 6, 7, 8, 29, 30)])
        day = chance.randrange(20000, 21000)
        for number in range(1, chance.choice([1, 2, 5, 12, 12, 60]) + 1):
            day += chance.choice(gaps)
            events.append(Event(f"S{sequence}", number, day, cap_id))
    return events


@pytest.fixture(scope="module")
def selection_sql(make_dbt: MakeDbt) -> str:
    """The macro's query over the relations `events` and `caps`."""
    call = "{{ greedy_selection('events', 'caps') }}"
    outcome = make_dbt()("compile", "--inline", call)
    return str(outcome.result.results[0].node.compiled_code)


def selected_by_query(sql: str, events: list[Event]) -> list[tuple[str, int]]:
    """The events that count according to the macro."""
    with duckdb.connect() as connection:
        connection.execute(
            "create table events ("
            "sequence_id varchar, event_number bigint, event_day integer, "
            "cap_id varchar)"
        )
        # Read from a file: binding 100,000 values takes DuckDB half a minute.
        with tempfile.NamedTemporaryFile("w", suffix=".csv", newline="") as file:
            csv.writer(file).writerows(events)
            file.flush()
            connection.execute(f"copy events from '{file.name}' (header false)")
        connection.execute(
            "create table caps (cap_id varchar, max_count integer, per_days integer)"
        )
        connection.executemany(
            "insert into caps values (?, ?, ?)",
            [(cap_id, *cap) for cap_id, caps in CAPS.items() for cap in caps],
        )
        return connection.execute(sql).fetchall()


def test_random_sequences_are_selected_as_by_loops(selection_sql: str) -> None:
    """Every event of 5,000 sequences is kept by both or by neither, and kept once."""
    events = random_sequences()
    expected = selected_by_loops(events)
    selected = selected_by_query(selection_sql, events)
    assert len(selected) == len(set(selected))
    assert set(selected) == expected
    assert 0 < len(expected) < len(events)


def test_example_of_the_description(selection_sql: str) -> None:
    """Of the days 1, 1, 2, 3, 4, 8 count the first 1, then 2, 3 and 8."""
    cap_id = "one a day and three a week"
    days = [1, 1, 2, 3, 4, 8]
    events = [Event("S", number, day, cap_id) for number, day in enumerate(days, 1)]
    assert sorted(selected_by_query(selection_sql, events)) == [
        ("S", 1),
        ("S", 3),
        ("S", 4),
        ("S", 6),
    ]


def test_event_without_a_cap_is_not_selected(selection_sql: str) -> None:
    """The query is asked about capped events; another is not waved through."""
    events = [Event("S", 1, 1, "one a day"), Event("T", 1, 1, "unknown")]
    assert selected_by_query(selection_sql, events) == [("S", 1)]


def test_a_robot_costs_no_more_than_the_days_it_was_active(selection_sql: str) -> None:
    """100,000 events in 100 days take 100 steps; 100,000 steps would take minutes."""
    cap_id = "one a day and three a week"
    events = [
        Event("S", number, 1 + number // 1000, cap_id) for number in range(100_000)
    ]
    assert len(selected_by_query(selection_sql, events)) == 44
