"""How near the warehouse of the demo comes to the truth of the demo.

Who is who is held against what the generator knows, everything else against the answers
of the reference interpreter in tests/fixtures/demo_truth.
"""

from __future__ import annotations

import csv
import random
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from comparing import MARTS, Rows, Warehouse, answer_of, as_text, differences

TRUTH = Path(__file__).parents[2] / "tests" / "fixtures" / "demo_truth"
SEED = 20261123
INSTANTS = 1000


@dataclass(frozen=True)
class Share:
    """How many of some cases are as they should be."""

    right_count: int
    count: int

    @property
    def share(self) -> float:
        """Right ones of all, from 0 to 1."""
        return self.right_count / self.count


@dataclass(frozen=True)
class IdentityGrade:
    """Pairs of records that are one person: of those united, and of the true ones."""

    record_count: int
    precision: float
    recall: float


def truth(name: str) -> Rows:
    """The rows of a file of the truth."""
    with (TRUTH / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def grade_identity(warehouse: Warehouse) -> IdentityGrade:
    """Precision and recall over all pairs of records that can be joined."""
    person_of = warehouse.person_of_record()
    united = [
        (person_of[row["record_kind"], row["record_id"]], row["true_person"])
        for row in truth("people")
        if row["is_joinable"] == "true"
    ]
    right = pairs(Counter(united).values())
    claimed = pairs(Counter(person_id for person_id, _ in united).values())
    true = pairs(Counter(person for _, person in united).values())
    return IdentityGrade(len(united), right / claimed, right / true)


def pairs(groups: Iterable[int]) -> int:
    """The pairs inside groups of these sizes."""
    return sum(size * (size - 1) // 2 for size in groups)


def grade_mql_instants(warehouse: Warehouse) -> Share:
    """Passes whose MQL is at the true second, or rightly never."""
    expected = {row["pass_id"]: row["mql_at"] for row in truth("passes")}
    actual = {
        row["pass_id"]: row["mql_at"]
        for row in warehouse.rows("select pass_id, mql_at from marts.fct_funnel")
    }
    right = sum(actual.get(pass_id) == at for pass_id, at in expected.items())
    return Share(right, len(expected))


def grade_answer(warehouse: Warehouse, name: str) -> Share:
    """Rows of an answer of the reference that the mart has, in every column."""
    expected = truth(name)
    actual = answer_of(warehouse, name, expected)
    wrong = differences(warehouse, name, expected, actual, MARTS[name][1])
    return Share(len(expected) - min(len(wrong), len(expected)), len(expected))


@dataclass(frozen=True)
class OwnerGrade:
    """Owners at random instants: how many are right, how many exist, what is wrong."""

    instants: Share
    owned_count: int
    wrong: tuple[str, ...]


def grade_owners(warehouse: Warehouse) -> OwnerGrade:
    """Ask for the owner at a thousand instants, half of them at a change of owner."""
    expected = periods_by_person(truth("ownership_periods"))
    actual = periods_by_person(
        warehouse.rows(
            "select person_id, valid_from, valid_to, owner_team, owner_user_id"
            " from marts.fct_ownership_periods"
        )
    )
    chance = random.Random(SEED)
    starts = [row["valid_from"] for rows in expected.values() for row in rows]
    first, last = (datetime.fromisoformat(one(starts)) for one in (min, max))
    seconds = int((last - first).total_seconds())
    people = sorted(expected)
    wrong = []
    owned = 0
    for _ in range(INSTANTS):
        person_id = chance.choice(people)
        if chance.random() < 0.5:
            start = chance.choice(expected[person_id])["valid_from"]
            at = datetime.fromisoformat(start)
        else:
            at = first + timedelta(seconds=chance.randrange(seconds))
        ours, theirs = owner(expected[person_id], at), owner(actual[person_id], at)
        owned += ours is not None
        if ours != theirs:
            key = warehouse.person_key({"person_id": person_id})
            wrong.append(f"{key} at {as_text(at)}: reference {ours}, SQL {theirs}")
    return OwnerGrade(Share(INSTANTS - len(wrong), INSTANTS), owned, tuple(wrong))


def periods_by_person(rows: Rows) -> dict[str, Rows]:
    """Periods of ownership, by person."""
    periods: dict[str, Rows] = defaultdict(list)
    for row in rows:
        periods[row["person_id"]].append(row)
    return periods


def owner(periods: Rows, at: datetime) -> tuple[str, str] | None:
    """Team and user of the one period that holds an instant, if there is one."""
    text = as_text(at)
    owners = [
        (period["owner_team"], period["owner_user_id"])
        for period in periods
        if period["valid_from"] <= text
        and (not period["valid_to"] or text < period["valid_to"])
    ]
    assert len(owners) <= 1, (text, periods)
    return owners[0] if owners else None
