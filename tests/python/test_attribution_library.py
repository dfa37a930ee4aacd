"""The chain and the game of channels, against direct computation and a public library.

The project's macros run on seeded random paths. The direct computation takes no short
cut: for Markov it lets all visits to a channel fail and solves the chain anew, for
Shapley it tries every set of channels.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd
import pytest
from mam import MAM

from conftest import MakeDbt

# What stands between two channels of a path for the library.
SEPARATOR = " > "
Path = tuple[str, ...]

COMPILED = ["markov_removal_effects", "shapley_conversions", "shapley_conversion_rates"]
RELATIONS = {
    "markov_removal_effects": "moves",
    "shapley_conversions": "sets",
    "shapley_conversion_rates": "sets",
}


@dataclass(frozen=True)
class Paths:
    """Distinct paths, with how often each converted and how often it did not."""

    counts: dict[Path, tuple[int, int]]

    @property
    def channels(self) -> list[str]:
        return sorted({channel for path in self.counts for channel in path})

    @property
    def conversions(self) -> int:
        return sum(converted for converted, _ in self.counts.values())


def random_paths(seed: int) -> Paths:
    """Paths of 3 to 12 channels, which may follow themselves and come back."""
    chance = np.random.default_rng(seed)
    channels = [f"channel_{number:02d}" for number in range(3 + seed % 10)]
    likely = chance.dirichlet(np.ones(len(channels)))
    counts: dict[Path, tuple[int, int]] = {}
    for _ in range(int(chance.integers(5, 200))):
        length = min(int(chance.geometric(0.35)), 9)
        path = tuple(str(name) for name in chance.choice(channels, length, p=likely))
        converted = int(chance.integers(0, 4))
        counts[path] = (converted, int(chance.integers(0 if converted else 1, 9)))
    counts[(channels[0],)] = (1, 2)
    return Paths(counts)


GOLDEN = Paths({("G",): (2, 1), ("M",): (1, 0), ("G", "M"): (1, 0)})
WORLDS = {f"seed {seed}": random_paths(seed) for seed in range(30)}


@pytest.fixture(scope="module")
def macros(make_dbt: MakeDbt) -> dict[str, str]:
    """The SQL of each macro, as dbt renders it."""
    dbt = make_dbt()
    calls = [f"{{{{ {name}('{RELATIONS[name]}') }}}}" for name in COMPILED]
    mark = "-- next macro"
    outcome = dbt("compile", "--inline", f"\n{mark}\n".join(calls))
    parts = outcome.result.results[0].node.compiled_code.split(mark)
    return dict(zip(COMPILED, parts, strict=True))


def relations(paths: Paths) -> Iterator[tuple[str, pd.DataFrame]]:
    """The relations that the macros read, made without the project's models."""
    moves, sets = [], []
    for path, (converted, lost) in paths.counts.items():
        steps = [None, *path, None]
        moves += [(*move, converted, lost) for move in itertools.pairwise(steps)]
        sets.append((SEPARATOR.join(sorted(set(path))), converted, lost))
    yield (
        "moves",
        pd.DataFrame(
            moves,
            columns=["from_channel", "to_channel", "conversion_count", "null_count"],
        ),
    )
    yield (
        "sets",
        pd.DataFrame(sets, columns=["channel_set", "conversion_count", "null_count"])
        .groupby("channel_set", as_index=False)
        .sum(),
    )


def ours(macros: dict[str, str], name: str, paths: Paths) -> dict[str, float]:
    """What a macro says of every channel."""
    with duckdb.connect() as connection:
        for relation, rows in relations(paths):
            connection.register(f"{relation}_rows", rows)
        connection.execute("create view moves as select * from moves_rows")
        connection.execute(
            "create view sets as select split(channel_set, ' > ') as channels,"
            " len(split(channel_set, ' > ')) as channel_count, conversion_count,"
            " null_count from sets_rows"
        )
        rows = connection.execute(macros[name]).fetchall()
    assert len(rows) == len({channel for channel, _ in rows})
    return dict(rows)


def conversion_rate(paths: Paths, removed: str | None = None) -> float:
    """How likely a walk converts when visits to a channel end it, by solving for it."""
    states = ["start", *paths.channels]
    moves = np.zeros((len(states), len(states)))
    converting = np.zeros(len(states))
    leaving = np.zeros(len(states))
    for path, (converted, lost) in paths.counts.items():
        places = [0, *(states.index(channel) for channel in path)]
        for place, following in itertools.pairwise(places):
            moves[place, following] += converted + lost
        converting[places[-1]] += converted
        for place in places:
            leaving[place] += converted + lost
    moves, converting = moves / leaving[:, None], converting / leaving
    if removed is not None:
        place = states.index(removed)
        moves[place, :] = converting[place] = 0
    return float(np.linalg.solve(np.eye(len(states)) - moves, converting)[0])


def direct_removal_effects(paths: Paths) -> dict[str, float]:
    whole = conversion_rate(paths)
    return {
        channel: 1 - conversion_rate(paths, channel) / whole
        for channel in paths.channels
    }


def direct_shapley(paths: Paths, by_rate: bool) -> dict[str, float]:
    """Every channel's mean gain over all orders, from the worth of all sets."""
    channels = paths.channels
    count = len(channels)
    needed = np.array(
        [
            sum(1 << channels.index(channel) for channel in set(path))
            for path in paths.counts
        ]
    )
    converted, lost = np.array(list(paths.counts.values())).T
    worth = np.zeros(1 << count)
    for members in range(1, 1 << count):
        inside = needed & ~members == 0
        worth[members] = converted[inside].sum()
        if by_rate and inside.any():
            worth[members] /= (converted + lost)[inside].sum()
    orders = [
        math.factorial(size) * math.factorial(count - size - 1) / math.factorial(count)
        for size in range(count)
    ]
    return {
        channel: sum(
            orders[members.bit_count()] * (worth[members | 1 << place] - worth[members])
            for members in range(1 << count)
            if not members >> place & 1
        )
        for place, channel in enumerate(channels)
    }


def library_removal_effects(paths: Paths) -> dict[str, float]:
    """What `marketing-attribution-models` says, from a row for each kind of journey."""
    journeys = pd.DataFrame(
        [
            {
                "path": SEPARATOR.join(path),
                "has_conversion": has_conversion,
                "weight": count,
            }
            for path, counts in paths.counts.items()
            for has_conversion, count in zip((True, False), counts, strict=True)
            if count
        ]
    )
    attribution = MAM(
        journeys,
        format_type="grouped_journey",
        channels_colname="path",
        journey_with_conv_colname="has_conversion",
        occurrences_colname="weight",
    ).run_markov()
    return attribution.metadata["removal_effect"]["removal_effect"].to_dict()


def assert_equal(found: dict[str, float], expected: dict[str, float]) -> None:
    assert found.keys() == expected.keys()
    for channel, value in expected.items():
        assert found[channel] == pytest.approx(value, abs=1e-9, rel=0), channel


@pytest.mark.parametrize("world", WORLDS)
def test_removal_effects_are_those_of_chains_without_the_channel(
    world: str, macros: dict[str, str]
) -> None:
    paths = WORLDS[world]
    found = ours(macros, "markov_removal_effects", paths)
    assert_equal(found, direct_removal_effects(paths))


@pytest.mark.parametrize("world", WORLDS)
def test_removal_effects_are_those_of_the_library(
    world: str, macros: dict[str, str]
) -> None:
    paths = WORLDS[world]
    found = ours(macros, "markov_removal_effects", paths)
    assert_equal(found, library_removal_effects(paths))


@pytest.mark.parametrize("world", WORLDS)
def test_shapley_values_of_conversions_are_those_of_all_sets(
    world: str, macros: dict[str, str]
) -> None:
    paths = WORLDS[world]
    found = ours(macros, "shapley_conversions", paths)
    assert_equal(found, direct_shapley(paths, by_rate=False))
    assert sum(found.values()) == pytest.approx(paths.conversions)


@pytest.mark.parametrize("world", WORLDS)
def test_shapley_values_of_rates_are_those_of_all_sets(
    world: str, macros: dict[str, str]
) -> None:
    paths = WORLDS[world]
    found = ours(macros, "shapley_conversion_rates", paths)
    assert_equal(found, direct_shapley(paths, by_rate=True))
    people = sum(sum(counts) for counts in paths.counts.values())
    assert sum(found.values()) == pytest.approx(paths.conversions / people)


def test_the_golden_paths(macros: dict[str, str]) -> None:
    effects = ours(macros, "markov_removal_effects", GOLDEN)
    assert effects == pytest.approx({"G": 0.75, "M": 0.5})
    shares = {channel: 4 * effect / 1.25 for channel, effect in effects.items()}
    assert shares == pytest.approx({"G": 2.4, "M": 1.6})
    assert conversion_rate(GOLDEN) == pytest.approx(0.8)
    assert ours(macros, "shapley_conversions", GOLDEN) == {"G": 2.5, "M": 1.5}
    rates = ours(macros, "shapley_conversion_rates", GOLDEN)
    assert rates == pytest.approx({"G": 7 / 30, "M": 17 / 30})


@pytest.mark.parametrize("world", WORLDS)
def test_a_channel_that_follows_itself_changes_no_effect(
    world: str, macros: dict[str, str]
) -> None:
    collapsed: dict[Path, tuple[int, int]] = {}
    for path, (converted, lost) in WORLDS[world].counts.items():
        short = tuple(channel for channel, _ in itertools.groupby(path))
        before = collapsed.get(short, (0, 0))
        collapsed[short] = (before[0] + converted, before[1] + lost)
    assert collapsed != WORLDS[world].counts
    for name in COMPILED:
        assert_equal(
            ours(macros, name, Paths(collapsed)), ours(macros, name, WORLDS[world])
        )


def test_without_a_conversion_there_is_no_removal_effect(
    macros: dict[str, str],
) -> None:
    paths = Paths({("a", "b"): (0, 3), ("b",): (0, 1)})
    effects = ours(macros, "markov_removal_effects", paths)
    assert effects == {"a": None, "b": None}
    assert ours(macros, "shapley_conversions", paths) == {"a": 0, "b": 0}
    assert ours(macros, "shapley_conversion_rates", paths) == {"a": 0, "b": 0}


def test_more_channels_than_can_be_tried_have_no_value_by_rate(
    macros: dict[str, str],
) -> None:
    channels = [f"channel_{number:02d}" for number in range(17)]
    paths = Paths({(channel,): (1, 1) for channel in channels})
    assert ours(macros, "shapley_conversion_rates", paths) == {}
    fewer = Paths({(channel,): (1, 1) for channel in channels[:16]})
    assert len(ours(macros, "shapley_conversion_rates", fewer)) == 16
