"""Worlds of any size: made in parts, written as Parquet, with the truth beside them.

Every part has a seed of its own, of the world's seed and its number, and ids that no
other part has. So parts can be made in any order and by several processes, and a part
alone equals that part of the whole. Part 0 is the company itself: its staff, forms,
campaigns, advertising and rates, told as the demo's are.
"""

from __future__ import annotations

import csv
import multiprocessing
import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from one_funnel.console import WrongUse
from one_funnel.world.columns import NEVER, Integers, seconds_of
from one_funnel.world.dirt import add_summaries, break_values
from one_funnel.world.exporting import Exports, read_catalogue, written
from one_funnel.world.generator import tell_offers, tell_rates, tell_spend, tell_staff
from one_funnel.world.lives import Offer, World
from one_funnel.world.part_files import PartFiles
from one_funnel.world.points import RoughPoints
from one_funnel.world.population import (
    CHANNELS,
    ENTRANCES,
    ORIGINS,
    Part,
    Terms,
    make_people,
)
from one_funnel.world.recording import Systems
from one_funnel.world.scenario import Scenario
from one_funnel.world.traffic import (
    PATH_SHARES,
    ROAMING_SHARES,
    Tracker,
    chunks,
    visits_of_people,
    visits_of_strangers,
)

PEOPLE_IN_PART = 50_000
# What a part's chance is for; each has numbers of its own.
FOR_PEOPLE, FOR_RECORDS, FOR_FILES, FOR_VISITS, FOR_STRANGERS = range(5)
BASELINE = "baseline"
STAGE_INSTANTS = (
    *("known_at", "inquiry_at", "mql_at", "assigned_at", "attempt_at", "decided_at"),
    *("accepted_at", "qualified_at", "turned_down_at", "opportunity_at", "closed_at"),
)

Told = Callable[[int], None]
# By channel and campaign (-1 for all of the channel): touches, wins, and of these what
# is lost without it, and what its share of the hazard is.
Effects = dict[tuple[int, int], tuple[float, float, float]]


@dataclass(frozen=True)
class PartMade:
    """What a part is: how large, and what its channels truly brought."""

    size: int
    expected_wins: float
    baseline_wins: float
    effects: Effects


@dataclass(frozen=True)
class WorldInParts:
    """A world to be made: everything that a part needs to know, in any process."""

    scenario: Scenario
    seed: int
    root: Path
    out: Path
    truth: Path | None
    people_in_part: int = PEOPLE_IN_PART

    @property
    def part_count(self) -> int:
        """How many parts have people."""
        return -(-self.scenario.people // self.people_in_part)

    def people_of(self, part: int) -> tuple[int, int]:
        """The number of a part's first person, and how many they are."""
        first = (part - 1) * self.people_in_part + 1
        last = min(part * self.people_in_part, self.scenario.people)
        return first, last - first + 1

    def views_of(self, part: int) -> int:
        """How many page views a part is to have, by its share of the people."""
        first, count = self.people_of(part)
        views, people = self.scenario.page_views, self.scenario.people
        return views * (first + count - 1) // people - views * (first - 1) // people

    def chance(self, part: int, purpose: int, chunk: int = 0) -> np.random.Generator:
        """Chance that no other part, purpose or chunk shares."""
        return np.random.default_rng(
            np.random.SeedSequence(self.seed, spawn_key=(part, purpose, chunk))
        )

    def files(self, part: int) -> PartFiles:
        """The files of a part, which are not there yet."""
        return PartFiles(
            self.out,
            f"{part:04d}",
            catalogue_of(self.root),
            partial(self.chance, part, FOR_FILES),
            self.scenario.dirt.duplicate_rows,
        )


@cache
def catalogue_of(root: Path) -> dict[str, list[str]]:
    """The raw tables of the project with their columns; nobody may change them."""
    return read_catalogue(root / "seeds" / "exports" / "_exports__seeds.yml")


def make_world_in_parts(
    world: WorldInParts, processes: int = 2, told: Told | None = None
) -> int:
    """Write all parts under `out` and their truth under `truth`; give the bytes.

    `told` hears of page views as they are written. Equal worlds give equal bytes, in
    however many processes.
    """
    refuse_unknown_campaigns(world)
    size = make_company(world)
    made = list(_made_parts(world, processes, told or _silent))
    if world.truth is not None:
        write_channel_effects(world, made)
    return size + sum(part.size for part in made)


def _silent(_: int) -> None:
    """Nobody listens."""


def _made_parts(world: WorldInParts, processes: int, told: Told) -> Iterator[PartMade]:
    parts = range(1, world.part_count + 1)
    if min(processes, len(parts)) < 2:
        for part in parts:
            yield make_part(world, part, told)
        return
    # A fresh interpreter holds no lock or thread of this one.
    context = multiprocessing.get_context("spawn")
    views = context.Value("q", 0)
    with ProcessPoolExecutor(
        processes, context, initializer=_listen, initargs=(views,)
    ) as pool:
        futures = [pool.submit(_make_heard_part, world, part) for part in parts]
        _tell_until_done(futures, views, told)
        for future in futures:
            yield future.result()


_heard: Any = None


def _listen(views: Any) -> None:
    """In a process of the pool: keep where page views are counted for all."""
    global _heard
    _heard = views


def _make_heard_part(world: WorldInParts, part: int) -> PartMade:
    def count(views: int) -> None:
        with _heard.get_lock():
            _heard.value += views

    return make_part(world, part, count)


def _tell_until_done(futures: list[Future[PartMade]], views: Any, told: Told) -> None:
    heard = 0
    while not all(future.done() for future in futures):
        if any(future.done() and future.exception() for future in futures):
            for future in futures:
                future.cancel()
            return
        time.sleep(0.1)
        told(views.value - heard)
        heard = views.value
    told(views.value - heard)


def tell_company(world: WorldInParts) -> tuple[Exports, list[Offer], random.Random]:
    """The company's own records, the same for every part that asks."""
    scenario = world.scenario
    exports = Exports(catalogue_of(world.root), scenario.dumps)
    chance = random.Random(f"company:{world.seed}")
    return exports, tell_offers(scenario, chance, exports), chance


def refuse_unknown_campaigns(world: WorldInParts) -> None:
    """Effects of campaigns that there are not would change nothing, unnoticed."""
    _, offers, _ = tell_company(world)
    visited = [
        offer.name for offer in offers if offer.kind in ("advertising", "webinar")
    ]
    unknown = sorted(world.scenario.campaign_effects.keys() - set(visited))
    if unknown:
        raise WrongUse(
            f"campaign_effects: there is no campaign {unknown[0]!r}; those that bring "
            f"visits are {', '.join(visited)}"
        )


def make_company(world: WorldInParts) -> int:
    """Write part 0, with a file of every table, be it without rows; give the bytes."""
    scenario = world.scenario
    exports, offers, chance = tell_company(world)
    tell_staff(scenario, exports)
    tell_rates(scenario, chance, exports)
    exports.collect()
    tell_spend(scenario, chance, exports, offers)
    points = RoughPoints(world.root / "seeds" / "lead_definition")
    staff = World(scenario, world.seed, exports, points, [], offers)
    break_values(staff)
    add_summaries(staff)
    files = world.files(0)
    for table, rows in exports.rows.items():
        columns = {
            name: pa.array([written(row.get(name)) for row in rows], pa.string())
            for name in exports.columns[table]
        }
        exported_at = [seconds_of(row["_exported_at"]) for row in rows]
        files.add(table, columns, np.array(exported_at, dtype=np.int64))
    return files.close(every_table=True)


def make_part(world: WorldInParts, part: int, told: Told = _silent) -> PartMade:
    """Write a part of people and its truth."""
    scenario = world.scenario
    _, offers, _ = tell_company(world)
    people = make_people(
        scenario,
        world.chance(part, FOR_PEOPLE),
        *world.people_of(part),
        Terms(world.root / "seeds"),
        offers,
    )
    files = world.files(part)
    systems = Systems(scenario, people, world.chance(part, FOR_RECORDS), files, offers)
    for tell in (
        *(systems.contacts, systems.forms, systems.mails, systems.reactions),
        *(systems.webinars, systems.leads, systems.tasks, systems.deals),
    ):
        tell()
    tracker = Tracker(scenario, files, part, offers, told)
    chance = world.chance(part, FOR_VISITS)
    roaming = ROAMING_SHARES / ROAMING_SHARES.sum()
    for sessions in chunks(visits_of_people(people, chance)):
        tracker.write(sessions, chance, roaming)
    wanted, chunk = world.views_of(part), 0
    while tracker.views < wanted:
        chance = world.chance(part, FOR_STRANGERS, chunk)
        left = wanted - tracker.views
        sessions = visits_of_strangers(tracker, chance, left, chunk)
        tracker.write(sessions, chance, PATH_SHARES / PATH_SHARES.sum(), most=left)
        chunk += 1
    size = files.close()
    if world.truth is not None:
        write_truth(world.truth, f"{part:04d}", people, systems)
    return PartMade(size, *effects_of(people))


def write_truth(folder: Path, label: str, people: Part, systems: Systems) -> None:
    """Who is who, and what truly became of everyone, the world's end or not."""
    folder.mkdir(parents=True, exist_ok=True)
    records = [
        pa.table(
            {
                "record_kind": pa.repeat(pa.scalar(kind), len(ids)),
                "record_id": ids,
                "true_person": persons,
                "is_joinable": pa.repeat(pa.scalar(is_joinable), len(ids)),
            }
        )
        for kind, ids, persons, is_joinable in systems.truth
    ]
    pq.write_table(
        pa.concat_tables(records),
        folder / f"people_{label}.parquet",
        store_schema=False,
    )
    origins = pa.array(ORIGINS)
    columns = {
        "true_person": systems.person,
        "first_channel": origins.take(pa.array(people.origin)),
        "entrance": pa.array(ENTRANCES).take(pa.array(people.entrance)),
        "interest": people.interest,
        "fit_points": people.fit,
        "visits": people.visit_count,
        "mql_hazard": people.hazard,
        "mql_chance": people.mql_chance,
        "won_chance": people.won_chance,
        "is_premature": people.is_premature,
        "asks_by_points": people.looks_at_prices,
        "is_won": people.is_won,
        **{name: _instants(getattr(people, name)) for name in STAGE_INSTANTS},
    }
    pq.write_table(
        pa.table(columns), folder / f"stages_{label}.parquet", store_schema=False
    )


def _instants(seconds: Integers) -> Any:
    never = seconds >= NEVER
    return pa.array(
        np.where(never, 0, seconds).astype("datetime64[s]"),
        pa.timestamp("ms", tz="UTC"),
        mask=never,
    )


def effects_of(people: Part) -> tuple[float, float, Effects]:
    """Expected wins of a part, of these the baseline's, and what each channel brings.

    Wins are counted as expected of the MQLs that chance makes, which says more than the
    wins that there happened to be.
    """
    visits, count = people.visits, len(people)
    can_ask = people.mql_chance > 0
    wins = people.mql_chance * people.won_chance
    per_hazard = np.divide(wins, people.hazard, out=np.zeros(count), where=can_ask)
    effects: Effects = {}
    touches = can_ask[visits.person] & (visits.at < people.decides_at[visits.person])
    from_visits = np.zeros(count)
    for channel in range(len(CHANNELS)):
        of_channel = visits.channel == channel
        campaigns = np.unique(visits.campaign[of_channel])
        for campaign in (-1, *(int(one) for one in campaigns if one >= 0)):
            mine = of_channel & ((campaign < 0) | (visits.campaign == campaign))
            hazard = np.bincount(
                visits.person[mine], visits.hazard[mine], minlength=count
            )
            without = np.where(can_ask, -np.expm1(hazard - people.hazard), 0.0)
            effects[channel, campaign] = (
                float((mine & touches).sum()),
                float((wins - without * people.won_chance).sum()),
                float((hazard * per_hazard).sum()),
            )
            if campaign < 0:
                from_visits += hazard
    baseline = float(((people.hazard - from_visits) * per_hazard).sum())
    return float(wins.sum()), baseline, effects


def write_channel_effects(world: WorldInParts, made: list[PartMade]) -> None:
    """What each channel and campaign truly brings, in one table over all parts.

    `wins_caused` and their share are the wins that there would not be without it. They
    add up to less than 1, since one cause would often have been enough; `hazard_share`
    divides all wins by what moved people, and adds up to 1 with the baseline's, which
    is what moves people without a visit.
    """
    assert world.truth is not None
    world.truth.mkdir(parents=True, exist_ok=True)
    _, offers, _ = tell_company(world)
    scenario = world.scenario
    wins = sum(part.expected_wins for part in made)
    sums: dict[tuple[int, int], list[float]] = {}
    for part in made:
        for key, values in part.effects.items():
            held = sums.setdefault(key, [0.0, 0.0, 0.0])
            sums[key] = [a + b for a, b in zip(held, values, strict=True)]
    share = partial(_share, wins)
    with (world.truth / "channel_effects.csv").open(
        "w", encoding="utf-8", newline=""
    ) as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(
            [
                *("channel", "campaign", "uplift", "touches", "wins_caused"),
                *("counterfactual_share", "hazard_share"),
            ]
        )
        baseline = sum(part.baseline_wins for part in made)
        hazard = scenario.hazards.baseline
        writer.writerow([BASELINE, "", f"{hazard:.6f}", "", "", "", share(baseline)])
        for (channel, campaign), (touches, lost, moved) in sorted(sums.items()):
            name = offers[campaign].name if campaign >= 0 else ""
            uplift = scenario.hazards.channel_uplifts.get(CHANNELS[channel], 0.0)
            uplift *= scenario.campaign_effects.get(name, 1.0)
            writer.writerow(
                [
                    *(CHANNELS[channel], name, f"{uplift:.6f}", int(touches)),
                    *(f"{lost:.6f}", share(lost), share(moved)),
                ]
            )


def _share(wins: float, part: float) -> str:
    return f"{part / wins if wins else 0:.6f}"
