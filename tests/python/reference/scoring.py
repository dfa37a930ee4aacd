"""Points: for who somebody is, and for what they do.

Section 1.10 of the semantics. What somebody did counts when it is among the first of
its kind that a rule takes; its points fade by half-lives, penalties never do.
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from .agreement import BehaviourRule, FitBand, Version
from .company import Company, plain
from .interactions import Interaction

DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Score:
    """The points of somebody at an instant, under a version."""

    version: str
    fit: float
    behaviour: float
    # Rule -> points, before the caps of groups and the ends of the scale.
    points: dict[str, float]

    @property
    def total(self) -> float:
        """Fit and behaviour together."""
        return round(self.fit + self.behaviour, 6)


@dataclass(frozen=True)
class Kept:
    """An interaction that a rule takes."""

    rule: BehaviourRule
    interaction: Interaction


def kept_interactions(
    version: Version, interactions: list[Interaction], zone: ZoneInfo
) -> list[Kept]:
    """What each rule takes of the interactions, which come in order.

    The earliest are taken: an interaction counts when, for each cap of so many in so
    many days, fewer than that were taken in the days that end on its day.
    """
    kept: list[Kept] = []
    for rule in version.behaviour_rules:
        days: list = []
        for done in interactions:
            if done.kind != (rule.event_type, rule.event_detail):
                continue
            day = done.occurred_at.astimezone(zone).date()
            if all(
                _taken(days, day, per_days) < count for count, per_days in rule.caps
            ):
                days.append(day)
                kept.append(Kept(rule, done))
    return kept


def _taken(days: list, day, per_days: int | None) -> int:
    """How many were taken in the last so many days; no days: ever."""
    if per_days is None:
        return len(days)
    return sum((day - earlier).days < per_days for earlier in days)


def behaviour_points(
    version: Version, kept: list[Kept], instant: datetime
) -> tuple[float, dict[str, float]]:
    """The points for behaviour at an instant, in all and by rule."""
    by_rule: dict[BehaviourRule, float] = {}
    for taken in kept:
        age = (instant - taken.interaction.occurred_at).total_seconds()
        if age < 0:
            continue
        half_life = taken.rule.half_life_days
        fading = 2.0 ** (-age / (half_life * DAY_SECONDS)) if half_life else 1.0
        points = taken.rule.points * fading
        by_rule[taken.rule] = by_rule.get(taken.rule, 0.0) + points
    by_rule = {rule: round(points, 6) for rule, points in by_rule.items()}
    total = 0.0
    for group, cap in version.group_caps.items():
        points = sum(p for rule, p in by_rule.items() if rule.group == group)
        total += points if cap is None else min(points, cap)
    clamped = min(
        max(total, version.setting("behaviour_floor")),
        version.setting("behaviour_ceiling"),
    )
    by_name = {rule.rule_id: points for rule, points in by_rule.items()}
    return round(clamped, 6), by_name


def fit_points(
    version: Version, known: dict[str, str], company: Company
) -> tuple[float, dict[str, float]]:
    """The points for fit, in all and by rule."""
    by_rule = {
        band.rule_id: band.points
        for band in version.fit_bands
        if _has_band(band, known, version, company)
    }
    clamped = min(
        max(sum(by_rule.values()), version.setting("fit_floor")),
        version.setting("fit_ceiling"),
    )
    return clamped, by_rule


def _has_band(
    band: FitBand, known: dict[str, str], version: Version, company: Company
) -> bool:
    """Whether a value lies in a band; `otherwise` is what no other band has."""
    if band.operator == "is_missing":
        return band.signal not in known
    if band.signal not in known:
        return False
    value = known[band.signal]
    if band.operator == "between":
        upper = float(band.upper_value) if band.upper_value else float("inf")
        return float(band.value) <= float(value) <= upper
    if band.operator == "at_least":
        return float(value) >= float(band.value)
    if band.operator == "equals":
        return plain(value) == plain(band.value)
    if band.operator == "in_list":
        return plain(value) in {plain(word) for word in band.value.split(";")}
    if band.operator == "in_seed":
        return company.is_in(band.value, value)
    if band.operator == "otherwise":
        return not any(
            _has_band(other, known, version, company)
            for other in version.fit_bands
            if other.rule_id == band.rule_id and other.operator != "otherwise"
        )
    raise LookupError(f"no reading of the operator {band.operator}")


def score(
    version: Version,
    known: dict[str, str],
    kept: list[Kept],
    instant: datetime,
    company: Company,
) -> Score:
    """The score of somebody at an instant."""
    fit, fit_by_rule = fit_points(version, known, company)
    behaviour, behaviour_by_rule = behaviour_points(version, kept, instant)
    return Score(version.number, fit, behaviour, fit_by_rule | behaviour_by_rule)
