"""The warehouse beside the reference interpreter, on worlds of random lives.

A difference is shrunk to the fewest steps that still show it: each round tries many
shorter worlds at once, as worlds with other people share one build.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from comparing import (
    MARTS,
    Difference,
    Rows,
    Warehouse,
    answer_of,
    booking_credit_differences,
    booking_differences,
    credit_differences,
    differences,
    mql_differences,
    opportunity_differences,
    score_differences,
    touch_differences,
)
from conftest import Dbt, MakeDbt
from random_lives import World, token_of, write_worlds
from reference import Answers, interpret
from reference.__main__ import find_people, life_of
from reference.writing import answer_rows

# A round of shrinking tries the world without each of so many parts, the most at once.
MOST_PARTS = 48
MOST_ROUNDS = 12


@dataclass(frozen=True)
class Told:
    """Some worlds in one build, as told by both."""

    worlds: tuple[World, ...]
    exports: Path
    warehouse: Warehouse
    answers: Answers
    rows: dict[str, Rows]

    def differences(self) -> list[Difference]:
        """Every row that only one of both has, identity first."""
        found = identity_differences(self.warehouse, self.answers)
        found += score_differences(self.warehouse, self.answers)
        found += touch_differences(self.warehouse, self.answers)
        found += booking_differences(self.warehouse, self.answers)
        found += credit_differences(self.warehouse, self.answers)
        found += booking_credit_differences(self.warehouse, self.answers)
        found += opportunity_differences(self.warehouse, self.answers)
        if self.rows["mql_events"]:
            found += mql_differences(self.warehouse, self.rows["mql_events"])
        for name, (_, key) in MARTS.items():
            if self.rows[name]:
                actual = answer_of(self.warehouse, name, self.rows[name])
                found += differences(self.warehouse, name, self.rows[name], actual, key)
        return found

    def counts(self) -> dict[str, int]:
        """How many rows the reference has, by the answer."""
        counts = {name: len(rows) for name, rows in self.rows.items()}
        journeys = self.answers.journeys
        return counts | {
            "opportunities": len(list(self.answers.deals.answers())),
            "touches": sum(map(len, journeys.all_touches.values())),
            "bookings": sum(map(len, journeys.bookings().values())),
            "credits": len(list(journeys.credits())),
            "booking_credits": len(list(journeys.booking_credits())),
            "pipeline_credits": len(list(journeys.pipeline_credits())),
        }

    def life(self, person_key: str) -> str:
        """The life of a person, line by line, as the reference lived it."""
        return "\n".join(
            life_of(self.answers, person)
            for person in find_people(self.answers, person_key)
        )


def marts_to_build() -> list[str]:
    """What dbt has to select so that all marts are built that both produce."""
    marts = [mart for mart, _ in MARTS.values()]
    marts += ["fct_scores", "fct_touches", "fct_bookings", "fct_booking_credits"]
    marts += ["fct_touch_credits", "fct_pipeline_credits", "fct_opportunities"]
    return [f"+{mart}" for mart in marts]


class Judge:
    """Builds and interprets worlds, and compares what both say."""

    def __init__(self, make_dbt: MakeDbt, folder: Path) -> None:
        self._make_dbt = make_dbt
        self._folder = folder
        self._count = 0

    def tell(
        self,
        worlds: Iterable[World],
        exports_at: Sequence[datetime] = (),
        as_of: datetime | None = None,
        built: Dbt | None = None,
        select: Sequence[str] = (),
    ) -> Told:
        """Write the worlds, and have them told by both.

        With `built`, only what is selected is built again there, on its own exports.
        """
        worlds = tuple(worlds)
        if built is None:
            self._count += 1
            exports = self._folder / f"worlds_{self._count}"
            write_worlds(worlds, exports_at, exports)
            built = self._make_dbt(
                exports_dir=exports, as_of=as_of and as_of.isoformat()
            )
            select = marts_to_build()
        assert built.exports_dir is not None
        built(
            "build",
            *("--exclude-resource-type", "unit_test", "test"),
            *("--select", *select),
        )
        answers = interpret(built.exports_dir, as_of)
        return Told(
            worlds,
            built.exports_dir,
            Warehouse(built.database),
            answers,
            answer_rows(answers),
        )

    def shrink(
        self, world: World, exports_at: Sequence[datetime], as_of: datetime | None
    ) -> World:
        """The fewest steps of a world that still differ."""
        parts = 2
        for _ in range(MOST_ROUNDS):
            smaller = self._smaller(world, parts, exports_at, as_of)
            if smaller is not None:
                world, parts = smaller, max(2, parts // 2)
            elif parts >= len(world.steps):
                break
            else:
                parts = min(len(world.steps), 4 * parts)
        return world

    def _smaller(
        self,
        world: World,
        parts: int,
        exports_at: Sequence[datetime],
        as_of: datetime | None,
    ) -> World | None:
        """The shortest differing world among those that lack one part, if any."""
        parts = min(parts, len(world.steps), MOST_PARTS)
        bounds = [len(world.steps) * part // parts for part in range(parts + 1)]
        kept = [
            world.steps[:begin] + world.steps[end:] for begin, end in pairwise(bounds)
        ]
        # One half alone, too: most steps have nothing to do with it.
        kept += [world.steps[:begin] for begin in bounds[1:-1]]
        candidates = [
            replace(world, steps=steps).renamed(token_of(number))
            for number, steps in enumerate(kept)
            if steps
        ]
        if not candidates:
            return None
        told = self.tell(candidates, exports_at, as_of)
        guilty = guilty_worlds(told, told.differences())
        return min(guilty, key=lambda one: len(one.steps), default=None)


def guilty_worlds(told: Told, found: Iterable[Difference]) -> list[World]:
    """The worlds to whose people the differences belong, erased ones too."""
    keys = {difference.person_key for difference in found}
    keys = {told.answers.erased_keys.get(key, key) for key in keys}
    return [world for world in told.worlds if any(world.token in key for key in keys)]


def identity_differences(warehouse: Warehouse, answers: Answers) -> list[Difference]:
    """The keys of which both do not say the same person."""
    sql = warehouse.person_of_key()
    return [
        Difference(
            "people",
            key,
            (key,),
            (f"person: reference {answers.people.get(key)}, SQL {sql.get(key)}",),
        )
        for key in sorted(sql.keys() | answers.people.keys())
        if sql.get(key) != answers.people.get(key)
    ]


def report(judge: Judge, told: Told, exports_at: Sequence[datetime]) -> str:
    """What differs, and the smallest world that shows the first difference."""
    found = told.differences()
    lines = [f"{len(found)} rows differ", *(str(one) for one in found[:5])]
    guilty = guilty_worlds(told, found)
    if not guilty:
        return "\n".join(lines)
    as_of = told.answers.as_of
    smallest = judge.shrink(
        min(guilty, key=lambda one: len(one.steps)), exports_at, as_of
    )
    again = judge.tell([smallest], exports_at, as_of)
    differing = again.differences()
    lines += [f"smallest world, of {len(smallest.steps)} steps:"]
    lines += [f"  {step.at.isoformat()} {step}" for step in smallest.steps]
    lines += [str(one) for one in differing[:5]]
    if differing:
        lines.append(again.life(differing[0].person_key))
    return "\n".join(lines)
