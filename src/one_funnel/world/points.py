"""Marketing's own rough count of points, which decides when its automation hands over.

It reads the agreement, but takes short cuts: no group caps, no count caps. Real
automation errs too; what the lead should have been is for the warehouse to say.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from one_funnel.world.company import Person


@dataclass(frozen=True)
class Rule:
    """Points for an event and the days in which half of them are left, 0 for never."""

    points: float
    half_life_days: float


class RoughPoints:
    """Points by the active version's rules, held to the lines of the one in force."""

    def __init__(self, agreement: Path) -> None:
        (active,) = (
            row["definition_version"]
            for row in self._rows(agreement, "definition_versions")
            if row["status"] == "active"
        )
        rules = [
            row
            for row in self._rows(agreement, "behaviour_rules")
            if row["definition_version"] == active
        ]
        self.rules = {
            (row["event_type"], row["event_detail"]): Rule(
                float(row["points"]), float(row["half_life_days"] or 0)
            )
            for row in rules
        }
        self.settings = {
            (row["definition_version"], row["setting"]): row["value"]
            for row in self._rows(agreement, "definition_settings")
        }
        self.starts = sorted(
            (row["effective_from"], row["definition_version"])
            for row in self._rows(agreement, "definition_versions")
            if row["effective_from"]
        )
        self.fit = [
            row
            for row in self._rows(agreement, "fit_rules")
            if row["definition_version"] == active
        ]
        self.target_industries = {
            row["industry"].lower()
            for row in self._rows(agreement.parent / "mappings", "target_industries")
        }

    @staticmethod
    def _rows(folder: Path, table: str) -> list[dict[str, str]]:
        with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as lines:
            return list(csv.DictReader(lines))

    def setting(self, name: str, at: datetime) -> float:
        """A setting of the version in force at an instant."""
        local = at.strftime("%Y-%m-%d %H:%M:%S")
        version = max(pair for pair in self.starts if pair[0] <= local)[1]
        return float(self.settings[version, name])

    def fit_of(self, person: Person) -> float:
        """Points for who somebody is, from what is really so."""
        company = person.company
        total = 0.0
        for row in self.fit:
            signal, operator, value = row["signal"], row["operator"], row["value"]
            if (
                (
                    signal == "employees"
                    and operator == "between"
                    and int(value)
                    <= company.employees
                    <= int(float(row["upper_value"] or 10**9))
                )
                or (
                    operator == "in_seed"
                    and company.industry.lower() in self.target_industries
                )
                or (operator == "in_list" and company.country in value.split(";"))
                or (
                    signal == "email_class"
                    and value
                    == ("business" if company.domain in person.email else "free")
                )
            ):
                total += float(row["points"])
        return total

    def behaviour_of(
        self, acts: list[tuple[datetime, str, str]], at: datetime
    ) -> float:
        """Points for what somebody did until an instant."""
        total = 0.0
        for instant, event_type, detail in acts:
            rule = self.rules.get((event_type, detail))
            if rule is None or instant > at:
                continue
            days = (at - instant).total_seconds() / 86_400
            fade = 2 ** (-days / rule.half_life_days) if rule.half_life_days else 1.0
            total += rule.points * fade
        return total

    def is_ready(
        self, person: Person, acts: list[tuple[datetime, str, str]], at: datetime
    ) -> bool:
        """Whether the automation would hand over at an instant."""
        fit, behaviour = self.fit_of(person), self.behaviour_of(acts, at)
        return (
            fit >= self.setting("fit_gate", at)
            and behaviour >= self.setting("behaviour_gate", at)
            and fit + behaviour >= self.setting("total_line", at)
        )
