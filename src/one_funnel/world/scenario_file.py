"""Scenario files: a company of one's own, as YAML with strict keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, NoReturn

import yaml

from one_funnel.console import WrongUse
from one_funnel.world.scenario import SCENARIOS, Dirt, Hazards, Scenario

# The longest history that the working calendar and the agreement make sense of.
MOST_MONTHS = 60
EXAMPLE = """\
based_on: market        # demo, clean or market; what is not said here is theirs
people: 20000
page_views: 2000000
months: 18
seed: 7
dirt:                   # shares, 0 to 1
  duplicate_rows: 0.01
  bots: 0
hazards:                # of worlds in Parquet
  acceptance: 0.7
  channel_uplifts: {paid_search: 0.3}
  won_by_channel: {paid_search: 0.2}
campaign_effects:       # factors on the uplift of the campaign's channel
  google_ads 2025 08: 2.5
"""
NUMBERS = {"people": 5_000_000, "page_views": 500_000_000, "seed": 2**63 - 1}


class ScenarioFile:
    """One file, whose mistakes are told with the file, the key and the value."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Scenario:
        """The scenario; raises WrongUse on what the file should not say."""
        try:
            content = yaml.safe_load(self.path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise WrongUse(f"{self.path} cannot be read as YAML: {error}") from error
        said = self.mapping("", content if content is not None else {})
        self.known(
            "",
            said,
            (
                *("based_on", "months", *NUMBERS),
                *("dirt", "hazards", "campaign_effects"),
            ),
        )
        based_on = said.get("based_on", "market")
        if not isinstance(based_on, str) or based_on not in SCENARIOS:
            self.refuse("based_on", based_on, f"one of {', '.join(sorted(SCENARIOS))}")
        scenario = replace(SCENARIOS[based_on], name=self.path.stem)
        numbers: dict[str, Any] = {
            key: self.whole_number(key, said[key], 0 if key == "seed" else 1, most)
            for key, most in NUMBERS.items()
            if key in said
        }
        scenario = replace(scenario, **numbers)
        if "months" in said:
            months = self.whole_number("months", said["months"], 2, MOST_MONTHS)
            scenario = scenario.lasting(months)
        dirt = self.shares(
            "dirt", said.get("dirt", {}), [one.name for one in fields(Dirt)]
        )
        effects = {
            str(campaign): self.number(f"campaign_effects.{campaign}", effect, 100.0)
            for campaign, effect in self.mapping(
                "campaign_effects", said.get("campaign_effects", {})
            ).items()
        }
        return replace(
            scenario,
            dirt=replace(scenario.dirt, **dirt),
            hazards=self.hazards(scenario.hazards, said.get("hazards", {})),
            campaign_effects={**scenario.campaign_effects, **effects},
        )

    def hazards(self, default: Hazards, content: Any) -> Hazards:
        """The default hazards with what the file says of them."""
        said = self.mapping("hazards", content)
        self.known("hazards.", said, [one.name for one in fields(Hazards)])
        changes: dict[str, Any] = {}
        for key, value in said.items():
            name = f"hazards.{key}"
            known: Mapping[str, float] | float = getattr(default, key)
            if not isinstance(known, Mapping):
                most = 10.0 if key == "baseline" else 1.0
                changes[key] = self.number(name, value, most)
            elif key == "channel_uplifts":
                self.known(f"{name}.", self.mapping(name, value), list(known))
                changes[key] = {
                    **known,
                    **{
                        channel: self.number(f"{name}.{channel}", uplift, 10.0)
                        for channel, uplift in value.items()
                    },
                }
            else:
                changes[key] = {**known, **self.shares(name, value, list(known))}
        return replace(default, **changes)

    def shares(self, name: str, content: Any, known: list[str]) -> dict[str, float]:
        """A mapping of known keys to shares."""
        said = self.mapping(name, content)
        self.known(f"{name}.", said, known)
        return {
            key: self.number(f"{name}.{key}", value, 1.0) for key, value in said.items()
        }

    def mapping(self, name: str, content: Any) -> dict[Any, Any]:
        """Keys with values, or a complaint."""
        if not isinstance(content, dict):
            self.refuse(name, content, "keys with values")
        return content

    def known(self, prefix: str, said: dict[Any, Any], known: Any) -> None:
        """Complain of the first key that there is not."""
        for key in said:
            if key not in known:
                raise WrongUse(
                    f"{self.path}: there is no key {prefix}{key} (its value is "
                    f"{said[key]!r}); known are {', '.join(known)}"
                )

    def whole_number(self, name: str, value: Any, least: int, most: int) -> int:
        """A whole number within its bounds."""
        if type(value) is not int or not least <= value <= most:
            self.refuse(name, value, f"a whole number from {least} to {most}")
        return int(value)

    def number(self, name: str, value: Any, most: float) -> float:
        """A number from 0 to a limit."""
        if type(value) not in (int, float) or not 0 <= value <= most:
            self.refuse(name, value, f"a number from 0 to {most:g}")
        return float(value)

    def refuse(self, name: str, value: Any, wanted: str) -> NoReturn:
        """Say which key has which value, and what it should be."""
        place = f"{name} is" if name else "the file is"
        raise WrongUse(f"{self.path}: {place} {value!r} and should be {wanted}")
