"""The working calendar: which days the clocks of the promises run, and between when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import holidays

# Dutch law makes no day a holiday; on these two, employers differ.
EMPLOYER_CHOICES = ("Goede vrijdag", "Bevrijdingsdag")
SATURDAY = 5


@dataclass(frozen=True)
class WorkingHours:
    """Opening and closing time of a working day, as `HH:MM` on the local clock."""

    opens_at: str = "09:00"
    closes_at: str = "17:30"


def calendar_rows(
    version: str,
    first: date,
    last: date,
    hours: WorkingHours,
    closed_on: frozenset[str] = frozenset(),
) -> Iterator[dict[str, str]]:
    """The rows of `working_calendar` from the first day to the last, both included.

    Weekends and Dutch holidays are closed; of the days that are left to the employer,
    those that `closed_on` names are closed too.
    """
    names = holidays.country_holidays(
        "NL",
        years=range(first.year, last.year + 1),
        language="nl",
        categories=("public", "optional"),
    )
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        name = names.get(day, "")
        is_choice = name in EMPLOYER_CHOICES
        is_closed = (name and not is_choice) or name in closed_on
        is_working_day = day.weekday() < SATURDAY and not is_closed
        yield {
            "calendar_version": version,
            "calendar_date": day.isoformat(),
            "opens_at": hours.opens_at if is_working_day else "",
            "closes_at": hours.closes_at if is_working_day else "",
            "holiday_name": name,
            "is_working_day": str(is_working_day).lower(),
            "is_employer_choice": str(is_choice).lower(),
        }
