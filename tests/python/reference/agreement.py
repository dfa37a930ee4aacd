"""The agreement between marketing and sales, as the seeds hold it.

Every version holds its whole rule set. Which version judges an instant is decided here
and nowhere else.
"""

import csv
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from .credits import Position
from .reading import read_instant

SeedRow = dict[str, str]


def seed_rows(folder: Path, name: str) -> list[SeedRow]:
    """The rows of a seed, as texts."""
    with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def is_true(text: str) -> bool:
    """A flag of a seed."""
    return text.strip().lower() == "true"


@dataclass(frozen=True)
class Transition:
    """An allowed move between stages."""

    from_stage: str
    event: str
    to_stage: str
    opens_pass: bool
    # How it closes the pass that it starts in; empty when it does not.
    closes_pass_as: str


@dataclass(frozen=True)
class BehaviourRule:
    """Points for something that somebody does."""

    rule_id: str
    group: str
    event_type: str
    event_detail: str
    points: float
    # None: the points never fade.
    half_life_days: float | None
    # (count, days): at most so many in so many local days; no days: in a pass.
    caps: tuple[tuple[int, int | None], ...]


@dataclass(frozen=True)
class HandRaise:
    """An event that qualifies without the gate on behaviour."""

    event_type: str
    event_detail: str
    fit_min: float
    tier: str


@dataclass(frozen=True)
class RejectionReason:
    """A reason for a negative decision."""

    reason_code: str
    next_stage: str
    needs: str
    cooldown_days: int


@dataclass(frozen=True)
class FitBand:
    """Points for what somebody is; one band of a rule matches."""

    rule_id: str
    signal: str
    operator: str
    value: str
    upper_value: str
    points: float


@dataclass(frozen=True)
class Disqualifier:
    """A reason never to hand somebody over."""

    rule_id: str
    signal: str
    value: str
    is_hard: bool
    moves_stage: bool
    reason_code: str


class Version:
    """One version of the agreement."""

    def __init__(self, row: SeedRow, tables: dict[str, list[SeedRow]]) -> None:
        self.number = row["definition_version"]
        self.status = row["status"]
        self.starts_at: datetime | None = None
        self._tables = {
            name: [r for r in rows if r["definition_version"] == self.number]
            for name, rows in tables.items()
        }

    def setting(self, name: str) -> float:
        """A number of the agreement, such as `total_line`."""
        return float(self.text_setting(name))

    def text_setting(self, name: str) -> str:
        """A choice of the agreement, such as `report_time_zone`."""
        return self._settings[name]

    @cached_property
    def _settings(self) -> dict[str, str]:
        return {
            row["setting"]: row["value"] for row in self._tables["definition_settings"]
        }

    @cached_property
    def transitions(self) -> dict[tuple[str, str], Transition]:
        """What an event does in a stage."""
        return {
            (row["from_stage"], row["event"]): Transition(
                from_stage=row["from_stage"],
                event=row["event"],
                to_stage=row["to_stage"],
                opens_pass=is_true(row["opens_pass"]),
                closes_pass_as=row["closes_pass_as"],
            )
            for row in self._tables["stage_transitions"]
        }

    @cached_property
    def event_ranks(self) -> dict[str, int]:
        """The order of events inside one second."""
        return {
            row["event"]: int(row["event_rank"])
            for row in self._tables["lifecycle_events"]
        }

    def owner_team(self, stage: str, is_assigned: bool) -> str:
        """The team that is accountable for somebody in a stage."""
        column = "owner_team_when_assigned" if is_assigned else "owner_team"
        return next(
            row[column]
            for row in self._tables["funnel_stages"]
            if row["stage"] == stage
        )

    @cached_property
    def responses(self) -> set[tuple[str, str]]:
        """The interactions that count as a response."""
        return {
            (row["event_type"], row["event_detail"])
            for row in self._tables["response_events"]
        }

    @cached_property
    def hand_raises(self) -> dict[tuple[str, str], HandRaise]:
        """The events that qualify by themselves."""
        return {
            (row["event_type"], row["event_detail"]): HandRaise(
                event_type=row["event_type"],
                event_detail=row["event_detail"],
                fit_min=float(row["fit_min"]),
                tier=row["tier"],
            )
            for row in self._tables["hand_raises"]
        }

    @cached_property
    def reasons(self) -> dict[str, RejectionReason]:
        """The reasons for a negative decision."""
        return {
            row["reason_code"]: RejectionReason(
                reason_code=row["reason_code"],
                next_stage=row["next_stage"],
                needs=row["needs"],
                cooldown_days=int(row["cooldown_days"] or 0),
            )
            for row in self._tables["rejection_reasons"]
        }

    @cached_property
    def fit_bands(self) -> list[FitBand]:
        """The bands of all fit rules."""
        return [
            FitBand(
                rule_id=row["rule_id"],
                signal=row["signal"],
                operator=row["operator"],
                value=row["value"],
                upper_value=row["upper_value"],
                points=float(row["points"]),
            )
            for row in self._tables["fit_rules"]
        ]

    @cached_property
    def disqualifiers(self) -> list[Disqualifier]:
        """The reasons never to hand somebody over."""
        return [
            Disqualifier(
                rule_id=row["rule_id"],
                signal=row["signal"],
                value=row["value"],
                is_hard=is_true(row["is_hard"]),
                moves_stage=is_true(row["moves_stage"]),
                reason_code=row["reason_code"],
            )
            for row in self._tables["disqualifiers"]
        ]

    @cached_property
    def behaviour_rules(self) -> list[BehaviourRule]:
        """The rules that give or take points for behaviour, with all their caps."""
        rules = []
        for row in self._tables["behaviour_rules"]:
            rows = [
                row,
                *(
                    extra
                    for extra in self._tables["behaviour_extra_caps"]
                    if extra["rule_id"] == row["rule_id"]
                ),
            ]
            caps = tuple(
                (
                    int(cap["max_count"]),
                    int(cap["per_days"]) if cap["per_days"] else None,
                )
                for cap in rows
                if cap["max_count"]
            )
            half_life = row["half_life_days"]
            rules.append(
                BehaviourRule(
                    rule_id=row["rule_id"],
                    group=row["rule_group"],
                    event_type=row["event_type"],
                    event_detail=row["event_detail"],
                    points=float(row["points"]),
                    half_life_days=float(half_life) if half_life else None,
                    caps=caps,
                )
            )
        return rules

    @cached_property
    def credit_models(self) -> dict[str, list[Position]]:
        """The models that divide a deal, each with what the places of a path weigh."""
        models: dict[str, list[Position]] = {}
        for row in self._tables["attribution_models"]:
            half_life = row["half_life_days"]
            models.setdefault(row["attribution_model"], []).append(
                Position(
                    row["position"],
                    Fraction(row["weight"]),
                    Fraction(half_life) if half_life else None,
                )
            )
        return models

    def team_of_social_touch(self, identity: str, kind: str) -> tuple[str, str | None]:
        """The team whose action a social touch is, and the one that helped."""
        for row in self._tables["social_touch_rules"]:
            if (row["identity"], row["interaction_kind"]) == (identity, kind):
                return row["touch_team"], row["assist_team"] or None
        # Whoever speaks in public.
        return "marketing", None

    @cached_property
    def group_caps(self) -> dict[str, float | None]:
        """The most that a group of behaviour rules can give."""
        return {
            row["rule_group"]: float(row["cap_points"]) if row["cap_points"] else None
            for row in self._tables["behaviour_groups"]
        }

    def target_minutes(self, tier: str, clock: str) -> Decimal | None:
        """The business minutes that a tier promises on a clock."""
        for row in self._tables["service_levels"]:
            if row["tier"] == tier and row["clock"] == clock:
                return Decimal(row["target_business_minutes"])
        return None


class Agreement:
    """All versions of the agreement."""

    TABLES = (
        "attribution_models",
        "behaviour_extra_caps",
        "behaviour_groups",
        "behaviour_rules",
        "definition_settings",
        "disqualifiers",
        "fit_rules",
        "funnel_stages",
        "hand_raises",
        "lifecycle_events",
        "rejection_reasons",
        "response_events",
        "service_levels",
        "social_touch_rules",
        "stage_transitions",
    )

    def __init__(self, folder: Path) -> None:
        tables = {name: seed_rows(folder, name) for name in self.TABLES}
        rows = seed_rows(folder, "definition_versions")
        self.versions = {
            row["definition_version"]: Version(row, tables) for row in rows
        }
        active = next(v for v in self.versions.values() if v.status == "active")
        self.zone = ZoneInfo(active.text_setting("report_time_zone"))
        for row in rows:
            version = self.versions[row["definition_version"]]
            version.starts_at = read_instant(row["effective_from"], self.zone)
        self.in_force = sorted(
            (v for v in self.versions.values() if v.status in ("active", "retired")),
            key=lambda version: version.starts_at,
        )

    def version_at(self, instant: datetime) -> Version | None:
        """The version in force at an instant; none before the first."""
        begun = [v for v in self.in_force if v.starts_at <= instant]
        return begun[-1] if begun else None

    def rules_at(self, instant: datetime) -> Version:
        """The version that records are read by: before the first, the first."""
        return self.version_at(instant) or self.in_force[0]
