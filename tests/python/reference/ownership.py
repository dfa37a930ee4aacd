"""Who is accountable for a person, and from when to when.

Section 1.6 of the semantics: at every instant exactly one team, from the first instant
at which a person is known until they are erased.
"""

from dataclasses import dataclass
from datetime import datetime

from .company import Users
from .replay import OwnerChange


@dataclass(frozen=True)
class OwnershipPeriod:
    """A person has one owner; half-open, without an end while it lasts."""

    person_id: str
    pass_id: str
    team: str
    user_id: str | None
    valid_from: datetime
    valid_to: datetime | None
    change_reason: str


def ownership_periods(
    person_id: str, changes: list[OwnerChange], users: Users, as_of: datetime
) -> list[OwnershipPeriod]:
    """The periods that a person's changes of owner make."""
    # Of several changes in one second, the last is what it comes to.
    last: dict[datetime, OwnerChange] = {}
    for change in changes:
        last[change.occurred_at] = change
    starts = list(last)
    periods: list[OwnershipPeriod] = []
    for change, ends_at in zip(last.values(), [*starts[1:], None], strict=True):
        if not change.team:
            continue
        pieces = [(change.occurred_at, change.user_id, change.event)]
        off_at = users.deactivated_at.get(change.user_id)
        if off_at is not None and change.team == "sales" and off_at <= as_of:
            queue_id = users.team_queues["sales"]
            if off_at <= change.occurred_at:
                pieces = [(change.occurred_at, queue_id, change.event)]
            elif ends_at is None or off_at < ends_at:
                pieces.append((off_at, queue_id, "user_deactivated"))
        piece_starts = [start for start, _, _ in pieces]
        for (start, user_id, reason), end in zip(
            pieces, [*piece_starts[1:], ends_at], strict=True
        ):
            period = OwnershipPeriod(
                person_id, change.pass_id, change.team, user_id, start, end, reason
            )
            if periods and _same_owner(periods[-1], period):
                period = OwnershipPeriod(
                    person_id,
                    period.pass_id,
                    period.team,
                    period.user_id,
                    periods[-1].valid_from,
                    period.valid_to,
                    periods[-1].change_reason,
                )
                periods.pop()
            periods.append(period)
    return periods


def _same_owner(one: OwnershipPeriod, other: OwnershipPeriod) -> bool:
    """Whether a period goes on as it was."""
    return (one.pass_id, one.team, one.user_id, one.valid_to) == (
        other.pass_id,
        other.team,
        other.user_id,
        other.valid_from,
    )


def owner_at(
    periods: list[OwnershipPeriod], instant: datetime
) -> tuple[str, str | None] | None:
    """The team and the user that own a person at an instant."""
    for period in periods:
        if period.valid_from <= instant and (
            period.valid_to is None or instant < period.valid_to
        ):
            return period.team, period.user_id
    return None
