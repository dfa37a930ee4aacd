"""Working time: the hours in which somebody is expected to act.

Section 1.7 of the semantics. A working day is opened and closed by the clock on the
wall, so its two ends are made instants apart, and a day on which the clock changes
needs no care.
"""

from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from .agreement import is_true, seed_rows
from .reading import END_OF_DAY, day_instant


def minutes(seconds: float) -> Decimal:
    """Seconds as minutes, to the hundredth."""
    return (Decimal(int(seconds)) / 60).quantize(Decimal("0.01"), ROUND_HALF_UP)


def clock_minutes(start: datetime, end: datetime) -> Decimal:
    """The minutes that pass on the clock."""
    return minutes((end - start).total_seconds())


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day."""
    month = day.month - 1 + months
    first = date(day.year + month // 12, month % 12 + 1, 1)
    next_first = (first + timedelta(days=31)).replace(day=1)
    last = next_first - timedelta(days=1)
    return min(first + timedelta(days=day.day - 1), last)


class Calendar:
    """The working days of the agreement."""

    def __init__(self, folder: Path, zone: ZoneInfo) -> None:
        self.zone = zone
        # Local day -> the instants at which it opens and closes.
        self.windows: dict[date, tuple[datetime, datetime]] = {}
        for row in seed_rows(folder, "working_calendar"):
            if is_true(row["is_working_day"]):
                day = date.fromisoformat(row["calendar_date"])
                self.windows[day] = (
                    day_instant(day, time.fromisoformat(row["opens_at"]), zone),
                    day_instant(day, time.fromisoformat(row["closes_at"]), zone),
                )
        self.last_day = max(self.windows)

    def local_day(self, instant: datetime) -> date:
        """The day that an instant falls on for those who work."""
        return instant.astimezone(self.zone).date()

    def end_of_day(self, day: date) -> datetime:
        """The last second of a local day."""
        return day_instant(day, END_OF_DAY, self.zone)

    def business_minutes(self, start: datetime, end: datetime) -> Decimal:
        """The working minutes between two instants."""
        seconds = 0.0
        day = self.local_day(start)
        while day <= self.local_day(end):
            if day in self.windows:
                opens_at, closes_at = self.windows[day]
                overlap = min(end, closes_at) - max(start, opens_at)
                seconds += max(overlap.total_seconds(), 0.0)
            day += timedelta(days=1)
        return minutes(seconds)

    def first_opening(self, day: date) -> datetime:
        """The opening of the first working day at or after a day."""
        while day not in self.windows:
            day += timedelta(days=1)
            self._check(day)
        return self.windows[day][0]

    def closing_after(self, day: date, working_days: int) -> datetime:
        """The closing of the so-many-th working day after a day."""
        while working_days:
            day += timedelta(days=1)
            self._check(day)
            if day in self.windows:
                working_days -= 1
        return self.windows[day][1]

    def _check(self, day: date) -> None:
        if day > self.last_day:
            raise LookupError(f"the working calendar ends before {day}")


def utc(instant: datetime) -> str:
    """An instant as answers write it."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
