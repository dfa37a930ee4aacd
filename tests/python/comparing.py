"""The answers of the warehouse beside those of the reference, row by row."""

from collections import Counter, defaultdict
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

Rows = list[dict[str, str]]

# Answer of the reference -> the mart that gives it, and what names one row of it.
MARTS = {
    "passes": ("fct_funnel", ("pass_id",)),
    "stage_events": ("fct_stage_events", ("pass_id", "occurred_at", "stage")),
    "handovers": ("fct_handovers", ("person_id", "assigned_at", "direction")),
    "commitments": ("fct_commitments", ("person_id", "requested_at")),
    "ownership_periods": ("fct_ownership_periods", ("person_id", "valid_from")),
}
# Prefix of an identity key -> the kinds of record that it stands for.
KEY_KINDS = {
    "email": ("email",),
    "hubspot": ("hubspot", "hubspot_contact"),
    "sf_lead": ("sf_lead", "salesforce_lead"),
    "sf_contact": ("sf_contact", "salesforce_contact"),
    "web_user": ("web_user",),
}
POINTS = ("fit_points", "behaviour_points", "total_points")
# Each rule is rounded at the sixth decimal.
POINTS_TOLERANCE = Decimal("0.000005")


class Warehouse:
    """A built warehouse, with values as the reference writes them."""

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

    def person_of_key(self) -> dict[str, str]:
        """The person of every key that records are known by."""
        return {
            row["identity_key"]: row["person_id"]
            for row in self.rows(
                "select identity_key, person_id from intermediate.int_identity_keys"
            )
        }

    def person_of_record(self) -> dict[tuple[str, str], str]:
        """The person of every record: (kind, id), the kind as KEY_KINDS lists it."""
        persons = {}
        for key, person_id in self.person_of_key().items():
            prefix, _, record_id = key.partition(":")
            for kind in KEY_KINDS[prefix]:
                persons[kind, record_id] = person_id
        for row in self.rows(
            "select anonymous_id, person_id"
            " from intermediate.int_visitor_identifications"
            " order by occurred_at desc, receipt_id desc"
        ):
            # Of a visitor who was several people, the first.
            persons["visitor", row["anonymous_id"]] = row["person_id"]
        for row in self.rows(
            "select receipt_type, receipt_id, person_id"
            " from intermediate.int_interactions where person_id is not null"
        ):
            persons[row["receipt_type"], row["receipt_id"]] = row["person_id"]
        return persons

    def person_key(self, row: dict[str, str]) -> str:
        """The key that the person of a row is found by in the exports."""
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


def assert_answer(warehouse: Warehouse, name: str, expected: Rows) -> None:
    """The mart of an answer has exactly the rows of the reference."""
    assert expected, f"the reference has no {name}"
    table, key = MARTS[name]
    actual = warehouse.rows(f"select {', '.join(expected[0])} from marts.{table}")
    assert_same_rows(warehouse, name, expected, actual, key)


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


def assert_same_mqls(warehouse: Warehouse, expected: Rows) -> None:
    """Every computed MQL has its instant, its trigger and, nearly, its points."""
    assert expected, "the reference has no MQL"
    actual = warehouse.rows(
        f"select {', '.join(expected[0])} from intermediate.int_mql_events"
    )

    def without_points(rows: Rows) -> Rows:
        return [
            {name: text for name, text in row.items() if name not in POINTS}
            for row in rows
        ]

    assert_same_rows(
        warehouse,
        "mql_events",
        without_points(expected),
        without_points(actual),
        ("pass_id",),
    )
    by_pass = {row["pass_id"]: row for row in actual}
    for row in expected:
        sql = by_pass[row["pass_id"]]
        for name in POINTS:
            is_near = row[name] == sql[name] or (
                row[name]
                and sql[name]
                and abs(Decimal(row[name]) - Decimal(sql[name])) <= POINTS_TOLERANCE
            )
            assert is_near, (warehouse.person_key(row), name, row[name], sql[name])
