"""The reports on the funnel, counted again one row after the other.

They stand on facts that the reference judges by itself: passes, entries into stages,
owners, deals. Here the rows of those facts are read as they are, and what the reports
say of them is counted with loops, by the descriptions of their columns.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor, sqrt
from pathlib import Path
from statistics import NormalDist
from typing import Any
from zoneinfo import ZoneInfo

from .agreement import Agreement, SeedRow, Version, seed_rows
from .calendar import Calendar
from .reading import END_OF_DAY, day_instant

Row = dict[str, Any]
DAY_SECONDS = 86_400
ALL = "all"


class Reporting:
    """By what reports speak: their instant, and the agreement in force at it."""

    def __init__(self, folder: Path, as_of: datetime) -> None:
        self.agreement = agreement = Agreement(folder)
        self.as_of = as_of
        self.zone: ZoneInfo = agreement.zone
        # Before the first version the newest has to do.
        self.version: Version = agreement.version_at(as_of) or agreement.in_force[-1]
        self.stages = self._rows(folder, "funnel_stages")
        self.steps = self._rows(folder, "conversion_steps")
        self.age_buckets = self._rows(folder, "age_buckets")
        self.rank_of = {row["stage"]: int(row["stage_rank"]) for row in self.stages}

    def _rows(self, folder: Path, name: str) -> list[SeedRow]:
        return [
            row
            for row in seed_rows(folder, name)
            if row["definition_version"] == self.version.number
        ]

    @property
    def today(self) -> date:
        """The local day of the report."""
        return self.day(self.as_of)

    @property
    def open_stages(self) -> list[str]:
        """The stages in which something is under way."""
        return [row["stage"] for row in self.stages if row["kind"] == "open"]

    def day(self, instant: datetime) -> date:
        """The local day of an instant."""
        return instant.astimezone(self.zone).date()

    def month(self, instant: datetime) -> date:
        """The first day of the local month of an instant."""
        return self.day(instant).replace(day=1)

    def quarter(self, instant: datetime) -> date:
        """The first day of the local quarter of an instant."""
        month = self.month(instant)
        return month.replace(month=month.month - (month.month - 1) % 3)

    def is_over(self, month: date, days: int = 0) -> bool:
        """Whether a month was over at the instant of the report, for so many days."""
        end = day_instant(next_month(month), time(), self.zone)
        return end + timedelta(days=days) <= self.as_of

    def months_since(self, first: date) -> Iterator[date]:
        """The months from one to that of the report."""
        month = first
        while month <= self.today:
            yield month
            month = next_month(month)

    def horizon_days(self, step: SeedRow) -> int:
        """The age at which the agreement judges a step."""
        return int(self.version.setting(step["maturity_setting"]))

    def stages_from(self, stage: str) -> list[str]:
        """A stage of the funnel and those after it, in their order."""
        return [
            row["stage"]
            for row in sorted(self.stages, key=lambda row: int(row["stage_rank"]))
            if row["is_funnel"] == "true"
            and self.rank_of[row["stage"]] >= self.rank_of[stage]
        ]


# Numbers


def next_month(month: date) -> date:
    """The first day of the month after one."""
    return (month + timedelta(days=31)).replace(day=1)


def in_decimals(value: Fraction, digits: int = 6) -> Decimal:
    """A number to so many digits after the point, halves away from zero."""
    units = floor(abs(value) * 10**digits + Fraction(1, 2))
    return Decimal(-units if value < 0 else units).scaleb(-digits)


def rounded(value: Fraction | float | None, digits: int = 6) -> Decimal | None:
    """A number in decimals, where there is one."""
    return None if value is None else in_decimals(Fraction(value), digits)


def ratio(
    numerator: int | Decimal | Fraction, denominator: int | Decimal
) -> Fraction | None:
    """A ratio of sums; none when there is nothing to divide by."""
    return Fraction(numerator) / Fraction(denominator) if denominator else None


def seconds_between(start: datetime, end: datetime) -> int:
    """The whole seconds from one instant to another."""
    return int((end - start).total_seconds())


def days_of(seconds: int) -> Decimal:
    """Seconds as days of 86,400 of them, to the sixth decimal."""
    return in_decimals(Fraction(seconds) / DAY_SECONDS)


def median(values: Iterable[Fraction]) -> Fraction | None:
    """The middle value, or the mean of the two in the middle."""
    in_order = sorted(values)
    if not in_order:
        return None
    return (in_order[(len(in_order) - 1) // 2] + in_order[len(in_order) // 2]) / 2


def grouped_by(rows: Iterable[Row], key: Callable[[Row], Any]) -> dict[Any, list[Row]]:
    """Rows by what they have in common."""
    groups: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return groups


# Where passes are: periods, stock and flow


def stage_periods(stage_events: Sequence[Row]) -> list[Row]:
    """How long each pass was in each stage.

    A stage lasts until the person enters the next one, in this pass or in the pass
    after it; one that is left within its second is no period.
    """
    periods = []
    for events in grouped_by(stage_events, lambda row: row["person_id"]).values():
        events.sort(key=lambda row: row["event_number"])
        for event, following in zip(events, [*events[1:], None], strict=True):
            valid_from = event["occurred_at"]
            valid_to = following and following["occurred_at"]
            if valid_from == valid_to:
                continue
            periods.append(
                {
                    "stage_event_id": event["stage_event_id"],
                    "pass_id": event["pass_id"],
                    "person_id": event["person_id"],
                    "stage": event["stage"],
                    "duration_days": valid_to
                    and days_of(seconds_between(valid_from, valid_to)),
                    "valid_from": valid_from,
                    "valid_to": valid_to,
                }
            )
    return periods


@dataclass(frozen=True)
class Stay:
    """A pass in a stage under one team."""

    pass_id: str
    stage: str
    team: str | None
    # Since when it is in the stage, under whichever team.
    stage_since: datetime
    valid_from: datetime
    valid_to: datetime | None

    def is_at(self, instant: datetime) -> bool:
        """Whether the pass is there at an instant."""
        return self.valid_from <= instant and (
            self.valid_to is None or instant < self.valid_to
        )


def stays(periods: Sequence[Row], ownership_periods: Sequence[Row]) -> list[Stay]:
    """The periods in stages, cut where another team begins to answer.

    Another user of the same team cuts nothing. Where nobody answers the team is none.
    """
    owners_of = grouped_by(ownership_periods, lambda row: row["person_id"])
    for owners in owners_of.values():
        owners.sort(key=lambda row: row["valid_from"])
    answer = []
    for period in periods:
        start, end = period["valid_from"], period["valid_to"]
        owners = owners_of[period["person_id"]]
        cuts = {start}
        for owner in owners:
            for cut in (owner["valid_from"], owner["valid_to"]):
                if cut and start < cut and (end is None or cut < end):
                    cuts.add(cut)
        parts: list[tuple[datetime, str | None]] = []
        for cut in sorted(cuts):
            team = next(
                (
                    owner["owner_team"]
                    for owner in owners
                    if owner["valid_from"] <= cut
                    and (owner["valid_to"] is None or cut < owner["valid_to"])
                ),
                None,
            )
            if not parts or parts[-1][1] != team:
                parts.append((cut, team))
        for (valid_from, team), following in zip(
            parts, [*parts[1:], None], strict=True
        ):
            answer.append(
                Stay(
                    pass_id=period["pass_id"],
                    stage=period["stage"],
                    team=team,
                    stage_since=start,
                    valid_from=valid_from,
                    valid_to=following[0] if following else end,
                )
            )
    return answer


def funnel_daily(all_stays: Sequence[Stay], reporting: Reporting) -> list[Row]:
    """Who was where at the end of each day, looked up day by day."""
    rows = []
    groups: dict[tuple[str, str | None], list[Stay]] = defaultdict(list)
    for stay in all_stays:
        groups[stay.stage, stay.team].append(stay)
    for (stage, team), of_group in groups.items():
        entered: dict[date, int] = defaultdict(int)
        left: dict[date, int] = defaultdict(int)
        for stay in of_group:
            entered[reporting.day(stay.valid_from)] += 1
            if stay.valid_to:
                left[reporting.day(stay.valid_to)] += 1
        day = min(entered)
        while day <= reporting.today:
            last_second = day_instant(day, END_OF_DAY, reporting.zone)
            rows.append(
                {
                    "date_day": day,
                    "stage": stage,
                    "owner_team": team,
                    "stock": sum(stay.is_at(last_second) for stay in of_group),
                    "entered": entered[day],
                    "left": left[day],
                }
            )
            day += timedelta(days=1)
    return rows


@dataclass(frozen=True)
class StalledLimit:
    """After how long somebody in a stage is stalled."""

    seconds: int
    source: str
    mature_exits: int


def stalled_limit(
    stage: str, periods: Sequence[Row], reporting: Reporting
) -> StalledLimit:
    """The agreed percentile of mature stays, or the agreed days where they are few.

    Stays are mature that began as long ago as the agreement gives the next step.
    """
    version = reporting.version
    fallback_days = int(version.setting("stalled_fallback_days"))
    steps = sorted(
        (step for step in reporting.steps if step["from_stage"] == stage),
        key=lambda step: reporting.rank_of[step["to_stage"]],
    )
    mature_days = reporting.horizon_days(steps[0]) if steps else fallback_days
    began_by = reporting.as_of - timedelta(days=mature_days)
    lengths = sorted(
        seconds_between(period["valid_from"], period["valid_to"])
        for period in periods
        if period["stage"] == stage
        and period["valid_from"] <= began_by
        and period["valid_to"] is not None
        and period["valid_to"] <= reporting.as_of
    )
    if len(lengths) < int(version.setting("stalled_minimum_exits")):
        return StalledLimit(fallback_days * DAY_SECONDS, "agreement", len(lengths))
    percentile = Fraction(version.text_setting("stalled_percentile"))
    # The shortest stay that at least this share did not outstay.
    limit = next(
        length
        for number, length in enumerate(lengths, start=1)
        if number >= percentile * len(lengths)
    )
    return StalledLimit(limit, "history", len(lengths))


def stage_stock(
    all_stays: Sequence[Stay], periods: Sequence[Row], reporting: Reporting
) -> list[Row]:
    """Who is where, by age, and who of them is stalled."""
    end_of_day = day_instant(reporting.today, END_OF_DAY, reporting.zone)
    there = [stay for stay in all_stays if stay.is_at(end_of_day)]
    rows = []
    for stage in reporting.stages:
        limit = None
        if stage["kind"] == "open":
            limit = stalled_limit(stage["stage"], periods, reporting)
        for team in {stage["owner_team"], stage["owner_team_when_assigned"]}:
            ages = [
                max(seconds_between(stay.stage_since, reporting.as_of), 0)
                for stay in there
                if (stay.stage, stay.team or "") == (stage["stage"], team)
            ]
            for bucket in reporting.age_buckets:
                from_days = int(bucket["from_days"])
                to_days = int(bucket["to_days"]) if bucket["to_days"] else None
                of_bucket = [
                    age
                    for age in ages
                    if age >= from_days * DAY_SECONDS
                    and (to_days is None or age < to_days * DAY_SECONDS)
                ]
                rows.append(
                    {
                        "stage": stage["stage"],
                        "owner_team": team or None,
                        "age_bucket": bucket["bucket"],
                        "from_days": from_days,
                        "to_days": to_days,
                        "label_nl": bucket["label_nl"],
                        "label_en": bucket["label_en"],
                        "stalled_limit_source": limit and limit.source,
                        "stock_count": len(of_bucket),
                        "stalled_count": sum(
                            limit is not None and age > limit.seconds
                            for age in of_bucket
                        ),
                        "stalled_limit_days": limit and days_of(limit.seconds),
                        "mature_exit_count": limit and limit.mature_exits,
                    }
                )
    return rows


def stage_durations(periods: Sequence[Row], reporting: Reporting) -> list[Row]:
    """How long it takes to leave a stage, with those who are still there."""
    rows = []
    for stage in reporting.open_stages:
        of_stage = [
            period
            for period in periods
            if period["stage"] == stage and period["valid_from"] <= reporting.as_of
        ]
        by_quarter = grouped_by(
            of_stage, lambda row: reporting.quarter(row["valid_from"])
        )
        cohorts: list[tuple[str, date | None, list[Row]]] = [
            ("quarter", quarter, cohort) for quarter, cohort in by_quarter.items()
        ]
        if of_stage:
            cohorts.append((ALL, None, of_stage))
        for kind, quarter, cohort in cohorts:
            rows.append(
                {
                    "stage": stage,
                    "cohort_kind": kind,
                    "cohort_quarter": quarter,
                    **_durations(cohort, reporting.as_of),
                }
            )
    return rows


def _durations(cohort: Sequence[Row], as_of: datetime) -> Row:
    left, still_there = [], []
    for period in cohort:
        valid_to = period["valid_to"]
        if valid_to is not None and valid_to <= as_of:
            left.append(seconds_between(period["valid_from"], valid_to))
        else:
            still_there.append(seconds_between(period["valid_from"], as_of))
    longest = max(left + still_there)
    half = _time_until_left(left, still_there, Fraction(1, 2))
    nine_in_ten = _time_until_left(left, still_there, Fraction(1, 10))
    # In the days that `fct_stage_periods` shows of each.
    total_days = sum((days_of(seconds) for seconds in left), Decimal(0))
    return {
        "entry_count": len(cohort),
        "left_count": len(left),
        "open_count": len(still_there),
        "median_days": None if half is None else days_of(half),
        "median_is_above_days": days_of(longest) if half is None else None,
        "p90_days": None if nine_in_ten is None else days_of(nine_in_ten),
        "p90_is_above_days": days_of(longest) if nine_in_ten is None else None,
        "mean_days_of_those_who_left": rounded(ratio(total_days, len(left))),
    }


def _time_until_left(
    left: Sequence[int], still_there: Sequence[int], share_left_over: Fraction
) -> int | None:
    """Kaplan and Meier: the age at which so few are estimated to be there still."""
    share = Fraction(1)
    for age in sorted(set(left)):
        at_risk = sum(one >= age for one in (*left, *still_there))
        share *= 1 - Fraction(left.count(age), at_risk)
        if share <= share_left_over:
            return age
    return None


# Conversion


@dataclass(frozen=True)
class End:
    """What became of a pass since it entered a step, and after how many seconds."""

    # reached, closed or open.
    kind: str
    seconds: int


@dataclass(frozen=True)
class Estimate:
    """Shares of a cohort at an age, by Aalen and Johansen."""

    reached: Fraction
    closed: Fraction
    still_open: Fraction
    # So many passes, all followed to their end, would tell as much.
    effective_size: float


def estimate(ends: Sequence[End], seconds: int) -> Estimate | None:
    """The shares that reached, closed or stayed open within an age.

    None where nobody was followed that long, unless those who were followed longest
    have ended. At one second those who end come before those who are lost from sight.
    """
    reached, closed, still_open = Fraction(0), Fraction(0), Fraction(1)
    # (at risk, ended, reached, share open before, share reached by then)
    moments: list[tuple[int, int, int, float, float]] = []
    in_order = sorted(ends, key=lambda end: end.seconds)
    index = 0
    while index < len(in_order) and in_order[index].seconds <= seconds:
        age = in_order[index].seconds
        at_risk = len(in_order) - index
        kinds = []
        while index < len(in_order) and in_order[index].seconds == age:
            kinds.append(in_order[index].kind)
            index += 1
        reaching, closing = kinds.count("reached"), kinds.count("closed")
        if reaching + closing == 0:
            continue
        before = still_open
        reached += before * Fraction(reaching, at_risk)
        closed += before * Fraction(closing, at_risk)
        still_open -= before * Fraction(reaching + closing, at_risk)
        moments.append(
            (at_risk, reaching + closing, reaching, float(before), float(reached))
        )
    was_followed = any(end.seconds >= seconds for end in ends)
    if not was_followed and still_open > 0:
        return None
    lost = sum(end.kind == "open" and end.seconds < seconds for end in ends)
    return Estimate(
        reached,
        closed,
        still_open,
        _effective_size(float(reached), moments, len(ends) - lost),
    )


def _effective_size(
    share: float, moments: Sequence[tuple[int, int, int, float, float]], followed: int
) -> float:
    """The share times what is missing of it, over its variance (delta method)."""
    if share in (0.0, 1.0):
        return float(followed)
    variance = 0.0
    for at_risk, ended, reaching, before, by_then in moments:
        to_come = share - by_then
        if at_risk > ended:
            variance += to_come**2 * ended / (at_risk * (at_risk - ended))
        variance += before**2 * reaching * (at_risk - reaching) / at_risk**3
        variance -= 2 * to_come * before * reaching / at_risk**2
    return share * (1 - share) / variance


def wilson(share: float, size: float, confidence: float) -> tuple[float, float]:
    """The bounds of Wilson's interval for a share of so many."""
    quantile = NormalDist().inv_cdf((1 + confidence) / 2)
    middle = share + quantile**2 / (2 * size)
    half_width = quantile * sqrt(
        share * (1 - share) / size + quantile**2 / (4 * size**2)
    )
    scale = 1 + quantile**2 / size
    return max((middle - half_width) / scale, 0), min((middle + half_width) / scale, 1)


def first_touches(passes: Sequence[Row], touches: Sequence[Row]) -> dict[str, datetime]:
    """When each pass had its first touch: in the first pass that of all times."""
    touches_of = grouped_by(touches, lambda row: row["person_id"])
    answer = {}
    for one in passes:
        instants = [
            touch["occurred_at"]
            for touch in touches_of[one["person_id"]]
            if (one["pass_number"] == 1 or touch["occurred_at"] >= one["opened_at"])
        ]
        if instants:
            answer[one["pass_id"]] = min(instants)
    return answer


def first_at_or_beyond(one: Row, stage: str, reporting: Reporting) -> datetime | None:
    """When a pass entered a stage or any later one."""
    instants = [one[f"{later}_at"] for later in reporting.stages_from(stage)]
    return min((instant for instant in instants if instant), default=None)


def end_of(
    entered_at: datetime,
    reached_at: datetime | None,
    closed_at: datetime | None,
    as_of: datetime,
) -> End:
    """What became of it: it got there, or closed without, or is still open."""
    if reached_at is not None:
        return End("reached", seconds_between(entered_at, reached_at))
    if closed_at is not None:
        return End("closed", seconds_between(entered_at, closed_at))
    return End("open", seconds_between(entered_at, as_of))


def slices_of(one: Row, channel: str | None, grade: str | None) -> dict[str, str]:
    """The slices that a pass is in, with its group in each."""
    slices = {"pass_type": one["pass_type"]}
    if one["pass_type"] == "new_business":
        slices[ALL] = ALL
        slices["channel"] = channel or "(unattributed)"
        slices["grade"] = grade or "(no grade)"
        slices["attempt"] = "first" if one["pass_number"] == 1 else "later"
    return slices


def conversion_rates(
    passes: Sequence[Row], touches: Sequence[Row], reporting: Reporting
) -> list[Row]:
    """The conversion of each cohort at the horizon of each step."""
    touched_at = first_touches(passes, touches)
    from_mql = reporting.stages_from("mql")
    rows = []
    for step in reporting.steps:
        cohorts: dict[tuple[date, str, str], list[End]] = defaultdict(list)
        for one in passes:
            entered_at = one[f"{step['from_stage']}_at"]
            if entered_at is None:
                continue
            end = end_of(
                entered_at,
                first_at_or_beyond(one, step["to_stage"], reporting),
                one["closed_at"],
                reporting.as_of,
            )
            # What came after the entry was not known at it. In one second an MQL comes
            # after its inquiry, and a touch before all.
            channel = grade = None
            if touched_at.get(one["pass_id"], reporting.as_of) <= entered_at:
                channel = one["first_touch_channel"]
            if step["from_stage"] in from_mql and one["mql_at"]:
                grade = one["fit_grade"]
            for slice_, value in slices_of(one, channel, grade).items():
                cohorts[reporting.month(entered_at), slice_, value].append(end)
        for (month, slice_, value), ends in cohorts.items():
            rows.append(
                {
                    "from_stage": step["from_stage"],
                    "to_stage": step["to_stage"],
                    "label_nl": step["label_nl"],
                    "label_en": step["label_en"],
                    "slice": slice_,
                    "slice_value": value,
                    "cohort_month": month,
                    **_conversion(ends, month, reporting.horizon_days(step), reporting),
                }
            )
    return rows


def _conversion(
    ends: Sequence[End], month: date, horizon_days: int, reporting: Reporting
) -> Row:
    horizon = horizon_days * DAY_SECONDS
    reached = sum(end.kind == "reached" for end in ends)
    in_time = sum(end.kind == "reached" and end.seconds <= horizon for end in ends)
    ended = sum(end.kind != "open" for end in ends)
    is_mature = reporting.is_over(month, horizon_days)
    at_horizon = estimate(ends, horizon)
    longest = max(end.seconds for end in ends)
    observed_days = min(ceil(Fraction(longest, DAY_SECONDS)), horizon_days)
    observed = estimate(ends, min(longest, horizon))
    if at_horizon is None and observed_days == horizon_days:
        # The last were lost from sight hours before the horizon.
        observed_days -= 1
        observed = estimate(ends, observed_days * DAY_SECONDS)
    lower = upper = None
    if at_horizon:
        lower, upper = wilson(
            float(at_horizon.reached),
            at_horizon.effective_size,
            reporting.version.setting("confidence_level"),
        )
    return {
        "horizon_days": horizon_days,
        "observed_days": observed_days,
        "cohort_size": len(ends),
        "reached_count": reached,
        "reached_within_horizon_count": in_time,
        "naive_rate": rounded(ratio(reached, len(ends))),
        "closed_only_rate": rounded(ratio(reached, ended)),
        "mature_rate": rounded(ratio(in_time, len(ends))) if is_mature else None,
        "conversion_rate": at_horizon and rounded(at_horizon.reached),
        "lower_95": rounded(lower),
        "upper_95": rounded(upper),
        "competing_rate": at_horizon and rounded(at_horizon.closed),
        "survival": at_horizon and rounded(at_horizon.still_open),
        "observed_conversion_rate": observed and rounded(observed.reached),
        "is_mature": is_mature,
    }


def recycle_recovery(passes: Sequence[Row], reporting: Reporting) -> list[Row]:
    """How many of those who were recycled sales accepted in their very next pass."""
    horizon_days = int(reporting.version.setting("maturity_days_lost_recovery"))
    by_number = {(one["person_id"], one["pass_number"]): one for one in passes}
    cohorts: dict[date, list[End]] = defaultdict(list)
    for one in passes:
        if one["outcome"] != "recycled":
            continue
        following = by_number[one["person_id"], one["pass_number"] + 1]
        cohorts[reporting.month(one["closed_at"])].append(
            end_of(
                one["closed_at"],
                first_at_or_beyond(following, "sal", reporting),
                following["closed_at"],
                reporting.as_of,
            )
        )
    rows = []
    for month, ends in cohorts.items():
        conversion = _conversion(ends, month, horizon_days, reporting)
        rows.append(
            {
                "cohort_month": month,
                "horizon_days": horizon_days,
                "recycled_count": len(ends),
                "recovered_count": conversion["reached_count"],
                "recovered_within_horizon_count": conversion[
                    "reached_within_horizon_count"
                ],
                "naive_rate": conversion["naive_rate"],
                "recovery_rate": conversion["conversion_rate"],
                "is_mature": conversion["is_mature"],
            }
        )
    return rows


# Pace


def velocity(
    opportunities: Sequence[Row], passes: Sequence[Row], reporting: Reporting
) -> list[Row]:
    """How fast sales decided business, of the deals won or lost in a window."""
    window_days = int(reporting.version.setting("velocity_window_days"))
    pass_of = {one["pass_id"]: one for one in passes}
    closed = [deal for deal in opportunities if deal["closed_on"] is not None]
    if not closed:
        return []
    rows = []
    first = min(deal["closed_on"] for deal in closed).replace(day=1)
    for month in reporting.months_since(first):
        ends_on = min(next_month(month) - timedelta(days=1), reporting.today)
        starts_on = ends_on - timedelta(days=window_days - 1)
        decided = [d for d in closed if starts_on <= d["closed_on"] <= ends_on]
        won = [deal for deal in decided if deal["outcome"] == "won"]
        signed = [deal["closed_amount_eur"] for deal in won]
        lost = [
            deal["closed_amount_eur"]
            for deal in decided
            if deal["outcome"] == "lost" and deal["closed_amount_eur"] is not None
        ]
        cycles, from_inquiry = [], []
        for deal in won:
            created_on = reporting.day(deal["created_at"])
            cycles.append(Fraction((deal["closed_on"] - created_on).days))
            primary = pass_of.get(deal["primary_pass_id"])
            if primary and primary["inquiry_at"]:
                inquired_on = reporting.day(primary["inquiry_at"])
                from_inquiry.append(Fraction((deal["closed_on"] - inquired_on).days))
        cycle = median(cycles)
        mean = ratio(sum(signed, Decimal(0)), len(won))
        rows.append(
            {
                "month_start": month,
                "window_starts_on": starts_on,
                "window_ends_on": ends_on,
                "qualified_count": len(decided),
                "won_count": len(won),
                "win_rate": rounded(ratio(len(won), len(decided))),
                "win_rate_by_value": rounded(
                    ratio(sum(signed, Decimal(0)), sum(signed + lost, Decimal(0)))
                ),
                "mean_deal_eur": rounded(mean, 2),
                "median_deal_eur": rounded(median(map(Fraction, signed)), 2),
                "median_cycle_days": rounded(cycle),
                "median_days_from_inquiry": rounded(median(from_inquiry)),
                "velocity_eur_per_day": rounded(len(won) * mean / cycle, 2)
                if mean is not None and cycle is not None and cycle >= 1
                else None,
                "is_month_complete": reporting.is_over(month),
            }
        )
    return rows


def period_ratios(passes: Sequence[Row], reporting: Reporting) -> list[Row]:
    """The entries into both stages of each step, month by month."""
    entries: dict[str, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    for stage in {step[end] for step in reporting.steps for end in STEP_ENDS}:
        for one in passes:
            if one[f"{stage}_at"]:
                entries[stage][reporting.month(one[f"{stage}_at"])] += 1
    if not passes:
        return []
    rows = []
    # A pass enters its first stage when it opens, if only that of being known.
    first = min(one["opened_at"] for one in passes)
    for month in reporting.months_since(reporting.month(first)):
        for step in reporting.steps:
            from_count, to_count = (entries[step[end]][month] for end in STEP_ENDS)
            rows.append(
                {
                    "month_start": month,
                    **{name: step[name] for name in (*STEP_ENDS, *LABELS)},
                    "from_count": from_count,
                    "to_count": to_count,
                    "period_ratio": rounded(ratio(to_count, from_count)),
                    "is_month_complete": reporting.is_over(month),
                }
            )
    return rows


STEP_ENDS = ("from_stage", "to_stage")
LABELS = ("label_nl", "label_en")


# Accounts


def account_funnel(passes: Sequence[Row], reporting: Reporting) -> list[Row]:
    """What accounts reached, and beside them their people, by the month they came."""
    accounts = grouped_by(
        (one for one in passes if one["account_id"] is not None),
        lambda row: row["account_id"],
    )
    cohorts: dict[date, list[list[Row]]] = defaultdict(list)
    for of_account in accounts.values():
        opened_at = min(one["opened_at"] for one in of_account)
        cohorts[reporting.month(opened_at)].append(of_account)
    stages = reporting.stages_from("inquiry")
    rows = []
    for month, cohort in cohorts.items():
        of_accounts = {"": len(cohort)}
        of_people = {"": len({one["person_id"] for a in cohort for one in a})}
        for stage in stages:
            reached = f"reached_{stage}"
            of_accounts[stage] = sum(any(one[reached] for one in a) for a in cohort)
            of_people[stage] = len(
                {one["person_id"] for a in cohort for one in a if one[reached]}
            )
        row: Row = {"cohort_month": month}
        for counts, unit in ((of_accounts, "account"), (of_people, "person")):
            for stage, count in counts.items():
                row["_".join(filter(None, (stage, unit, "count")))] = count
        for start, end in ACCOUNT_RATES:
            row[f"{start or 'known'}_to_{end}_account_rate"] = rounded(
                ratio(of_accounts[end], of_accounts[start])
            )
        row["mql_to_opportunity_person_rate"] = rounded(
            ratio(of_people["opportunity"], of_people["mql"])
        )
        rows.append(row)
    return rows


# From what to what accounts are divided by accounts; from nothing is from being known.
ACCOUNT_RATES = (
    ("", "inquiry"),
    ("inquiry", "mql"),
    ("mql", "sal"),
    ("mql", "opportunity"),
    ("opportunity", "customer"),
)


# Leaks


@dataclass(frozen=True)
class Leaking:
    """The facts in which leaks are looked for."""

    spend: Sequence[Row]
    # With the campaign that the link names: `utm_campaign`.
    sessions: Sequence[Row]
    touches: Sequence[Row]
    passes: Sequence[Row]
    handovers: Sequence[Row]
    commitments: Sequence[Row]
    opportunities: Sequence[Row]
    bookings: Sequence[Row]
    booking_credits: Sequence[Row]
    # Opportunities of the CRM, deleted ones too.
    exported_opportunities: frozenset[str]
    # Those that a contact role or a conversion ties to a known person.
    tied_opportunities: frozenset[str]


@dataclass(frozen=True)
class Leak:
    """One thing that leads nowhere."""

    kind: str
    item_id: str
    example_id: str
    day: date
    amount_eur: Decimal | None = None


def leaks(facts: Leaking, reporting: Reporting, mappings: Path) -> Iterator[Leak]:
    """Everything that leads nowhere, once for each kind of leak."""
    # Where no rule of a channel fits better, the last one does.
    rules = seed_rows(mappings, "channel_rules")
    unassigned = max(rules, key=lambda row: int(row["priority"]))["channel"]
    yield from _spend_leaks(facts)
    for session in facts.sessions:
        if session["utm_campaign"] is not None and session["campaign_id"] is None:
            session_id, day = (
                session["session_id"],
                reporting.day(session["started_at"]),
            )
            yield Leak("session_of_unknown_campaign", session_id, session_id, day)
    for touch in facts.touches:
        if touch["campaign_id"] is None and touch["channel"] in (None, unassigned):
            touch_id, day = touch["touch_id"], reporting.day(touch["occurred_at"])
            yield Leak("touch_without_source", touch_id, touch_id, day)
    calendar = Calendar(mappings, reporting.zone)
    for one in facts.passes:
        pass_id, inquiry_at = one["pass_id"], one["inquiry_at"]
        has_source = one["first_touch_campaign_id"] is not None or one[
            "first_touch_channel"
        ] not in (None, unassigned)
        if inquiry_at is not None and not has_source:
            day = reporting.day(inquiry_at)
            yield Leak("inquiry_without_source", pass_id, pass_id, day)
        if one["mql_at"] and not one["assigned_at"] and not one["reached_sal"]:
            rules_then = reporting.agreement.rules_at(one["mql_at"])
            due_at = calendar.closing_after(
                reporting.day(one["mql_at"]),
                int(rules_then.setting("missed_handover_working_days")),
            )
            if due_at <= reporting.as_of and (
                one["closed_at"] is None or due_at < one["closed_at"]
            ):
                day = reporting.day(due_at)
                yield Leak("mql_never_assigned", pass_id, pass_id, day)
    for handover in facts.handovers:
        if handover["decision"] == "expired":
            handover_id = handover["handover_id"]
            day = reporting.day(handover["decided_at"])
            yield Leak("handover_expired", handover_id, handover_id, day)
    for promise in facts.commitments:
        if promise["outcome"] == "broken":
            promise_id, day = promise["commitment_id"], promise["due_date"]
            yield Leak("promise_broken", promise_id, promise_id, day)
    for deal in facts.opportunities:
        deal_id, day = deal["opportunity_id"], reporting.day(deal["created_at"])
        if deal["primary_person_id"] is None:
            yield Leak("opportunity_without_person", deal_id, deal_id, day)
        elif deal_id not in facts.tied_opportunities:
            yield Leak("opportunity_without_lead", deal_id, deal_id, day)
    yield from _booking_leaks(facts)


def _spend_leaks(facts: Leaking) -> Iterator[Leak]:
    touched = {touch["campaign_id"] for touch in facts.touches}
    for row in facts.spend:
        if row["match_method"] == "none":
            kind = "spend_without_crm_campaign"
        elif row["campaign_id"] not in touched:
            kind = "spend_without_touch"
        else:
            continue
        yield Leak(
            kind,
            row["spend_id"],
            row["campaign_id"],
            row["spend_date"],
            row["cost_eur"],
        )


def _booking_leaks(facts: Leaking) -> Iterator[Leak]:
    """Bookings of nobody knows whom or why; each leaks once, by the first reason."""
    deals = {deal["opportunity_id"]: deal for deal in facts.opportunities}
    booked: dict[str, Decimal] = defaultdict(Decimal)
    for booking in facts.bookings:
        booked[booking["opportunity_id"]] += booking["amount_eur"]
    with_touch = {
        credit["booking_id"]
        for credit in facts.booking_credits
        if credit["touch_id"] is not None
    }
    for booking in facts.bookings:
        booking_id, deal_id = booking["booking_id"], booking["opportunity_id"]
        deal = deals.get(deal_id)
        example_id = booking_id
        if deal_id not in facts.exported_opportunities:
            kind = "booking_without_opportunity"
        elif deal is None or deal["primary_person_id"] is None:
            # Nobody stands by a deal that was deleted.
            kind = "booking_without_person"
        elif deal["outcome"] == "lost" and booked[deal_id]:
            kind, example_id = "booking_of_lost_opportunity", deal_id
        elif booking_id not in with_touch:
            kind, example_id = "booking_without_touch", deal_id
        else:
            continue
        yield Leak(
            kind, booking_id, example_id, booking["booked_on"], booking["amount_eur"]
        )


def leaks_by_month(all_leaks: Iterable[Leak], mappings: Path) -> list[Row]:
    """The leaks of each kind and month, with the greatest or the newest of them."""
    kinds = {row["leak"]: row for row in seed_rows(mappings, "leak_kinds")}
    groups: dict[tuple[str, date], list[Leak]] = defaultdict(list)
    for leak in all_leaks:
        groups[leak.kind, leak.day.replace(day=1)].append(leak)
    rows = []
    for (kind, month), of_month in groups.items():
        amounts = [leak.amount_eur for leak in of_month if leak.amount_eur is not None]
        of_month.sort(key=lambda leak: leak.item_id)
        example = max(
            of_month, key=lambda leak: (abs(leak.amount_eur or Decimal(0)), leak.day)
        )
        rows.append(
            {
                "example_id": example.example_id,
                "leak": kind,
                **{
                    name: kinds[kind][name]
                    for name in ("owner_team", *LABELS, "what_to_do", "example_of")
                },
                "amount_eur": sum(amounts, Decimal(0)) if amounts else None,
                "rows": len(of_month),
                "leak_month": month,
            }
        )
    return rows
