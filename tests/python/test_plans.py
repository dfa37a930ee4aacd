"""No model joins by holding every row against every other.

DuckDB finds rows by their keys when a join's condition is made of comparisons with one
side each. Put `valid_to is null or ...` beside the key of a left join, or a condition
of the left side alone, and it compares all with all: nothing on the demo, hours on the
exports of a company.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from conftest import MakeDbt

# The model, and why all with all is few with few.
SMALL_SIDES = {
    "int_scores": "grades of points are four of each axis",
    "unmapped_values": "types of tasks are as many as the company's mapping has",
}

SLOW = """
    select * from range(9) as visits (visitor)
    left join (
        select range as visitor, nullif(range, 3) as valid_to from range(9)
    ) as periods
        on visits.visitor = periods.visitor
        and (periods.valid_to is null or visits.visitor < periods.valid_to)
"""
FAST = """
    select * from range(9) as visits (visitor)
    left join (
        select range as visitor, nullif(range, 3) as valid_to from range(9)
    ) as periods
        on visits.visitor = periods.visitor
        and visits.visitor < coalesce(periods.valid_to, 99)
"""


def parts_of(condition: str, word: str) -> list[str]:
    """The parts of a condition between a word, outside of all brackets."""
    condition = condition.strip()
    while condition.startswith("(") and closing_of(condition) == len(condition) - 1:
        condition = condition[1:-1].strip()
    parts, depth, start = [], 0, 0
    for place, sign in enumerate(condition):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if depth == 0 and condition.startswith(word, place):
            parts.append(condition[start:place])
            start = place + len(word)
    return [*parts, condition[start:]]


def closing_of(text: str) -> int:
    """Where the bracket that a text begins with is closed."""
    depth = 0
    for place, sign in enumerate(text):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if depth == 0:
            return place
    return -1


def has_key(condition: str) -> bool:
    """Whether one of the things that must all hold is an equality."""
    parts = parts_of(condition, " AND ")
    if len(parts) > 1:
        return any(has_key(part) for part in parts)
    return len(parts_of(parts[0], " OR ")) == 1 and len(parts_of(parts[0], " = ")) == 2


def operators(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A plan's operators, from the last to the first."""
    yield plan
    for child in plan["children"]:
        yield from operators(child)


def joins_of_all_with_all(
    connection: duckdb.DuckDBPyConnection, query: str
) -> list[str]:
    """Conditions of joins that have a key and do not find rows by it."""
    explained = connection.execute(f"explain (format json) {query}").fetchall()
    return [
        str(operator["extra_info"].get("Condition"))
        for plan in json.loads(explained[0][1])
        for operator in operators(plan)
        if operator["name"].strip() == "BLOCKWISE_NL_JOIN"
        and has_key(str(operator["extra_info"].get("Condition")))
    ]


def test_a_slow_join_is_seen_and_a_fast_one_is_not() -> None:
    with duckdb.connect() as connection:
        assert joins_of_all_with_all(connection, SLOW)
        assert not joins_of_all_with_all(connection, FAST)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("((a = b) AND ((c IS NULL) OR (d < c)))", True),
        ("((c IS NULL) OR ((a = b) AND (d < c)))", False),
        ("(a >= b)", False),
        ('("left"(sha256((x || y)), 32) = key_hash)', True),
    ],
)
def test_a_key_is_an_equality_that_must_hold(condition: str, expected: bool) -> None:
    assert has_key(condition) is expected


def test_models_and_tests_find_rows_by_their_keys(
    make_dbt: MakeDbt, demo_database: Path
) -> None:
    project = make_dbt()
    shutil.copy(demo_database, project.database)
    project("compile")
    compiled = project.target / "compiled" / "one_funnel"
    files = [
        file
        for folder in ("models", "tests")
        for file in sorted((compiled / folder).rglob("*.sql"))
        # Examples are few rows by design, and in a file under that of their model.
        if not file.parent.name.endswith(".yml")
    ]
    assert len(files) > 200
    slow = []
    with duckdb.connect(str(project.database), read_only=True) as connection:
        for file in files:
            if file.stem in SMALL_SIDES:
                continue
            slow += [
                f"{file.relative_to(compiled)}: {condition}"
                for condition in joins_of_all_with_all(connection, file.read_text())
            ]
    assert not slow, "\n".join(slow)
