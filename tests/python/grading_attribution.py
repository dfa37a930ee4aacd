"""What each attribution model says of a channel, beside what the channel truly did.

In a world made in parts every visit adds to somebody's chance of becoming a customer,
by an effect of its channel that was planted. What moved people apart from visits is in
no model's reach, so shares are over what visits moved, and those of the models over
what they give to a channel at all.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

from conftest import PROJECT, Dbt, MakeDbt
from one_funnel.world.parts import WorldInParts, make_world_in_parts
from one_funnel.world.scenario import SCENARIOS

PEOPLE = 20_000
SEED = 20261123
# The row of the truth that is no channel.
BASELINE = "baseline"


@dataclass(frozen=True)
class AttributionGrade:
    """How far the models are from what was planted.

    `true_shares` are by channel, `model_shares` by model and channel; each adds up to
    1.
    """

    opportunity_count: int
    true_shares: dict[str, float]
    model_shares: dict[str, dict[str, float]]

    def error(self, model: str) -> float:
        """Credit that stands with the wrong channel, from 0 (none) to 1 (all)."""
        given = self.model_shares[model]
        return (
            sum(
                abs(given.get(channel, 0.0) - self.true_shares.get(channel, 0.0))
                for channel in given.keys() | self.true_shares.keys()
            )
            / 2
        )


def grade_attribution(make_dbt: MakeDbt, folder: Path) -> AttributionGrade:
    """Make the world, build what the report of the models needs, and compare."""
    scenario = replace(SCENARIOS["market"], people=PEOPLE)
    exports, truth = folder / "exports", folder / "truth"
    make_world_in_parts(WorldInParts(scenario, SEED, PROJECT, exports, truth))
    built = make_dbt(exports_dir=exports)
    built(
        "build",
        *("--exclude-resource-type", "unit_test", "test"),
        *("--select", "+rpt_attribution_models"),
    )
    return AttributionGrade(
        built.sql(
            "select count(distinct opportunity_id) from marts.fct_touch_credits"
            " where touch_id is not null"
        )[0][0],
        true_shares(truth / "channel_effects.csv"),
        model_shares(built),
    )


def true_shares(file: Path) -> dict[str, float]:
    """What each channel moved, of all that visits moved."""
    with file.open(encoding="utf-8", newline="") as lines:
        moved = {
            row["channel"]: float(row["hazard_share"])
            for row in csv.DictReader(lines)
            if row["campaign"] == "" and row["channel"] != BASELINE
        }
    return as_shares(moved)


def model_shares(built: Dbt) -> dict[str, dict[str, float]]:
    """What each model gives each channel, of all that it gives to touches.

    Deals count alike, whatever their amount, since the truth knows no amounts.
    """
    given: dict[str, dict[str, float]] = defaultdict(dict)
    for model, channel, share in built.sql(
        "select attribution_model, channel, sum(credit_share)"
        " from marts.fct_touch_credits where touch_id is not null"
        " group by attribution_model, channel order by attribution_model, channel"
    ):
        given[model][channel] = float(share)
    return {model: as_shares(by_channel) for model, by_channel in given.items()}


def as_shares(amounts: dict[str, float]) -> dict[str, float]:
    """The amounts as parts of their sum."""
    total = sum(amounts.values())
    return {name: amount / total for name, amount in amounts.items()}
