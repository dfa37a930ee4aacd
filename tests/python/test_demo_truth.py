"""The warehouse says of the demo what the truth is.

Who is who is held against what the generator of the demo knows; everything else against
the reference interpreter, whose answers stand in tests/fixtures/demo_truth. `pytest -s`
prints the grades. To see how the interpreter came to an answer:

    python -m tests.python.reference --exports seeds/exports --person PERSON_ID
"""

import csv
import random
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from reference import interpret
from reference.writing import answer_rows

PROJECT = Path(__file__).parents[2]
EXPORTS = PROJECT / "seeds" / "exports"
TRUTH = PROJECT / "tests" / "fixtures" / "demo_truth"

Rows = list[dict[str, str]]


def truth(name: str) -> Rows:
    with (TRUTH / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


class Warehouse:
    """The built demo, with values as the truth writes them."""

    def __init__(self, database: Path) -> None:
        self._connection = duckdb.connect(str(database), read_only=True)
        self._connection.execute("set timezone = 'UTC'")

    def rows(self, query: str) -> Rows:
        answer = self._connection.sql(query)
        return [
            {
                column: as_text(value)
                for column, value in zip(answer.columns, row, strict=True)
            }
            for row in answer.fetchall()
        ]

    def person_key(self, row: dict[str, str]) -> str:
        """The key that a person is found by in the exports."""
        found = self._connection.execute(
            "select first_key from intermediate.int_people where person_id = $id"
            " or person_id in"
            " (select person_id from marts.fct_funnel where pass_id = $id)",
            {"id": row.get("person_id") or row["pass_id"]},
        ).fetchone()
        return found[0] if found else "unknown"


def as_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(value)


@pytest.fixture(scope="module")
def warehouse(demo_database: Path) -> Warehouse:
    return Warehouse(demo_database)


def assert_same_rows(
    warehouse: Warehouse, name: str, expected: Rows, actual: Rows, key: tuple[str, ...]
) -> None:
    """Fail with the first five rows that differ, side by side."""
    columns = list(expected[0])
    wanted = Counter(tuple(row[column] for column in columns) for row in expected)
    found = Counter(tuple(row[column] for column in columns) for row in actual)
    missing, surplus = wanted - found, found - wanted
    agreed = sum((wanted & found).values())
    print(f"{name}: {agreed} of {len(expected)} rows agree, {len(actual)} in SQL")
    if not missing and not surplus:
        return

    by_key: dict[tuple[str, ...], list[list[tuple[str, ...]]]] = defaultdict(
        lambda: [[], []]
    )
    for side, rows in enumerate((missing, surplus)):
        for values in rows.elements():
            row = dict(zip(columns, values, strict=True))
            by_key[tuple(row[column] for column in key)][side].append(values)
    lines = [f"{name}: {len(by_key)} of {len(wanted)} differ"]
    for one_key, (ours, theirs) in sorted(by_key.items())[:5]:
        row = dict(zip(columns, (ours or theirs)[0], strict=True))
        lines.append(f"- {warehouse.person_key(row)} {' '.join(one_key)}")
        for position in range(max(len(ours), len(theirs))):
            reference = ours[position] if position < len(ours) else None
            sql = theirs[position] if position < len(theirs) else None
            if reference is None or sql is None:
                lines.append(f"    reference {reference}")
                lines.append(f"    SQL       {sql}")
                continue
            lines += [
                f"    {column}: reference {one!r}, SQL {other!r}"
                for column, one, other in zip(columns, reference, sql, strict=True)
                if one != other
            ]
    pytest.fail("\n".join(lines), pytrace=False)


# Who is who


def pairs(groups: Iterable[int]) -> int:
    """The pairs inside groups of these sizes."""
    return sum(size * (size - 1) // 2 for size in groups)


def test_records_are_united_as_people_are(warehouse: Warehouse) -> None:
    person_of = {
        row["identity_key"]: row["person_id"]
        for row in warehouse.rows(
            "select identity_key, person_id from intermediate.int_identity_keys"
        )
    }
    records = [row for row in truth("people") if row["is_joinable"] == "true"]
    united = [(person_of.get(identity_key(row)), row["true_person"]) for row in records]
    unknown = [
        identity_key(row)
        for row, (person, _) in zip(records, united, strict=True)
        if person is None
    ]
    right = pairs(Counter(united).values())
    claimed = pairs(Counter(person for person, _ in united).values())
    true = pairs(Counter(person for _, person in united).values())
    precision, recall = right / claimed, right / true
    print(f"people: {len(records)} records, precision {precision}, recall {recall}")
    assert unknown == []
    assert precision >= 0.999
    assert recall >= 0.99


def identity_key(record: dict[str, str]) -> str:
    return f"{record['record_kind']}:{record['record_id']}"


def test_person_ids_are_those_of_the_reference(warehouse: Warehouse) -> None:
    expected = {row["person_id"] for row in truth("passes")}
    actual = {
        row["person_id"]
        for row in warehouse.rows("select person_id from intermediate.int_people")
    }
    print(f"people: {len(expected & actual)} of {len(expected)} ids agree")
    assert sorted(expected ^ actual)[:5] == []


# What became of them


def test_mql_instants_agree_to_the_second(warehouse: Warehouse) -> None:
    expected = [
        {"pass_id": row["pass_id"], "mql_at": row["mql_at"]} for row in truth("passes")
    ]
    actual = warehouse.rows("select pass_id, mql_at from marts.fct_funnel")
    assert sum(bool(row["mql_at"]) for row in expected) > 0
    assert_same_rows(warehouse, "MQL instants", expected, actual, ("pass_id",))


def test_mql_scores_agree(warehouse: Warehouse) -> None:
    points = ("fit_points", "behaviour_points", "total_points")
    actual = {
        row["pass_id"]: row
        for row in warehouse.rows("select * from intermediate.int_mql_events")
    }
    expected = truth("mql_events")
    assert {row["pass_id"] for row in expected} == set(actual)
    for row in expected:
        sql = actual[row["pass_id"]]
        assert (row["trigger"], row["definition_version"]) == (
            sql["trigger"],
            sql["definition_version"],
        ), warehouse.person_key(row)
        for name in points:
            assert bool(row[name]) == bool(sql[name]), warehouse.person_key(row)
            if row[name]:
                gap = abs(Decimal(row[name]) - Decimal(sql[name]))
                # Each rule is rounded at the sixth decimal.
                assert gap <= Decimal("0.000005"), (warehouse.person_key(row), row, sql)
    print(f"MQL scores: {len(expected)} agree")


def test_passes_agree(warehouse: Warehouse) -> None:
    expected = truth("passes")
    actual = warehouse.rows(f"select {', '.join(expected[0])} from marts.fct_funnel")
    assert_same_rows(warehouse, "passes", expected, actual, ("pass_id",))


def test_stage_events_agree(warehouse: Warehouse) -> None:
    expected = truth("stage_events")
    actual = warehouse.rows(
        f"select {', '.join(expected[0])} from marts.fct_stage_events"
    )
    key = ("pass_id", "occurred_at", "stage")
    assert_same_rows(warehouse, "stage events", expected, actual, key)


def test_handovers_agree(warehouse: Warehouse) -> None:
    expected = truth("handovers")
    actual = warehouse.rows(f"select {', '.join(expected[0])} from marts.fct_handovers")
    key = ("person_id", "assigned_at", "direction")
    assert_same_rows(warehouse, "handovers", expected, actual, key)


def test_commitments_agree(warehouse: Warehouse) -> None:
    expected = truth("commitments")
    actual = warehouse.rows(
        f"select {', '.join(expected[0])} from marts.fct_commitments"
    )
    assert_same_rows(
        warehouse, "commitments", expected, actual, ("person_id", "requested_at")
    )


# Who owns them


def test_owners_agree_at_random_instants(warehouse: Warehouse) -> None:
    expected = periods_by_person(truth("ownership_periods"))
    actual = periods_by_person(
        warehouse.rows(
            "select person_id, valid_from, valid_to, owner_team, owner_user_id"
            " from marts.fct_ownership_periods"
        )
    )
    chance = random.Random(20261123)
    first = min(row["valid_from"] for rows in expected.values() for row in rows)
    last = max(row["valid_from"] for rows in expected.values() for row in rows)
    seconds = int((instant(last) - instant(first)).total_seconds())
    people = sorted(expected)
    wrong = []
    owned = 0
    for _ in range(1000):
        person_id = chance.choice(people)
        # Half of the instants lie in the middle of things: at a change of owner.
        if chance.random() < 0.5:
            at = instant(chance.choice(expected[person_id])["valid_from"])
        else:
            at = instant(first) + timedelta(seconds=chance.randrange(seconds))
        ours, theirs = owner(expected[person_id], at), owner(actual[person_id], at)
        owned += ours is not None
        if ours != theirs:
            key = warehouse.person_key({"person_id": person_id})
            wrong.append(f"{key} at {as_text(at)}: reference {ours}, SQL {theirs}")
    print(f"owners: {1000 - len(wrong)} of 1000 agree, {owned} of them have one")
    assert owned > 500
    assert wrong[:5] == []


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def periods_by_person(rows: Rows) -> dict[str, Rows]:
    periods: dict[str, Rows] = defaultdict(list)
    for row in rows:
        periods[row["person_id"]].append(row)
    return periods


def owner(periods: Rows, at: datetime) -> tuple[str, str] | None:
    text = as_text(at)
    owners = [
        (period["owner_team"], period["owner_user_id"])
        for period in periods
        if period["valid_from"] <= text
        and (not period["valid_to"] or text < period["valid_to"])
    ]
    assert len(owners) <= 1, (text, periods)
    return owners[0] if owners else None


# The truth itself


def test_truth_is_what_the_reference_says_now() -> None:
    for name, rows in answer_rows(interpret(EXPORTS)).items():
        assert rows == truth(name), f"run the reference again: {name} is stale"
