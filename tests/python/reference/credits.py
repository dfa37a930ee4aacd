"""Whose touch gets which cent of a deal: plain loops over one deal at a time.

Shares are fractions, so that nothing is rounded before the cents are given out. Only a
weight that fades is no fraction; it is taken to fifty digits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Context, Decimal
from fractions import Fraction

MILESTONES = (
    "first",
    "lead_creation",
    "opportunity_creation",
    "closed",
    "closed_non_direct",
)
AT_THE_CLOSE = {"closed", "closed_non_direct"}
MILLIONTHS = 1_000_000


@dataclass(frozen=True)
class Touch:
    """Something that a person did, and when it was put down."""

    touch_id: str
    person_id: str
    channel: str
    occurred_at: datetime
    recorded_at: datetime


@dataclass(frozen=True)
class Position:
    """One line of an attribution model: what a place in the path weighs."""

    name: str
    weight: Fraction
    half_life_days: Fraction | None = None


@dataclass(frozen=True)
class Deal:
    """What there is to divide; without a close it is pipeline."""

    opportunity_id: str
    people: frozenset[str]
    lead_created_at: datetime | None
    opportunity_created_at: datetime | None
    closed_at: datetime | None
    cut_off_at: datetime


@dataclass(frozen=True)
class Booking:
    """A contract, a refund or a reversal, in cents."""

    booking_id: str
    contract_id: str
    kind: str
    cents: int


def touches_that_count(
    deal: Deal, touches: Sequence[Touch], lookback_days: int, back_dating_days: int
) -> list[Touch]:
    """The touches of a deal in their order."""
    earliest = deal.cut_off_at - timedelta(days=lookback_days)
    recorded_until = deal.cut_off_at + timedelta(days=back_dating_days)
    counted = []
    for touch in touches:
        if touch.person_id not in deal.people:
            continue
        if touch.occurred_at < earliest or touch.occurred_at > deal.cut_off_at:
            continue
        if touch.recorded_at > recorded_until:
            continue
        counted.append(touch)
    return sorted(counted, key=lambda touch: (touch.occurred_at, touch.touch_id))


def touch_at(
    milestone: str, deal: Deal, path: Sequence[Touch], direct: str, close_is_all: bool
) -> int | None:
    """Which touch of the path is at a milestone; None when none is."""
    if milestone == "first":
        return 0
    if milestone in AT_THE_CLOSE:
        if deal.closed_at is None and not close_is_all:
            return None
        if milestone == "closed_non_direct":
            for index in reversed(range(len(path))):
                if path[index].channel != direct:
                    return index
        return len(path) - 1
    instant = {
        "lead_creation": deal.lead_created_at,
        "opportunity_creation": deal.opportunity_created_at,
    }[milestone]
    found = None
    for index, touch in enumerate(path):
        if instant is not None and touch.occurred_at <= instant:
            found = index
    return found


def shares_of_touches(
    deal: Deal,
    path: Sequence[Touch],
    positions: Sequence[Position],
    direct: str,
    channel_weights: Mapping[str, Fraction],
) -> list[Fraction]:
    """The share of each touch of a path; together they are one."""
    if len(path) == 1:
        return [Fraction(1)]
    names = [position.name for position in positions]
    if "channel" in names:
        return _shares_by_channel(path, channel_weights)
    if len(path) == 2 and sum(name in MILESTONES for name in names) > 1:
        return [Fraction(1, 2), Fraction(1, 2)]

    close_is_all = all(name in AT_THE_CLOSE for name in names)
    weights = [Fraction(0)] * len(path)
    at_milestones: set[int] = set()
    for position in positions:
        if position.name in MILESTONES:
            index = touch_at(position.name, deal, path, direct, close_is_all)
            if index is not None:
                weights[index] += position.weight
                at_milestones.add(index)
    between = [index for index in range(len(path)) if index not in at_milestones]
    for position in positions:
        if position.name == "middle" and between:
            for index in between:
                weights[index] += position.weight / len(between)
        if position.name == "every":
            presence = [_presence(touch, deal, position) for touch in path]
            for index, present in enumerate(presence):
                weights[index] += position.weight * present / sum(presence)

    whole = sum(weights)
    if whole == 0:
        return [Fraction(1, len(path))] * len(path)
    return [weight / whole for weight in weights]


def _presence(touch: Touch, deal: Deal, position: Position) -> Fraction:
    if position.half_life_days is None:
        return Fraction(1)
    age = Fraction((deal.cut_off_at - touch.occurred_at) // timedelta(seconds=1), 86400)
    half_lives = age / position.half_life_days
    context = Context(prec=50)
    exponent = context.divide(
        Decimal(-half_lives.numerator), Decimal(half_lives.denominator)
    )
    return Fraction(context.power(Decimal(2), exponent))


def _shares_by_channel(
    path: Sequence[Touch], channel_weights: Mapping[str, Fraction]
) -> list[Fraction]:
    channels = sorted({touch.channel for touch in path})
    weights = {
        channel: channel_weights.get(channel, Fraction(0)) for channel in channels
    }
    if sum(weights.values()) == 0:
        weights = dict.fromkeys(channels, Fraction(1))
    shares = []
    for touch in path:
        alike = sum(other.channel == touch.channel for other in path)
        shares.append(weights[touch.channel] / sum(weights.values()) / alike)
    return shares


def give_out(units: int, shares: Sequence[Fraction]) -> list[int]:
    """Whole units by share: rounded down, and the rest to the largest remainders.

    Six decimals of a unit say which is larger; of equal ones the first comes first.
    """
    exact = [round(share * abs(units), 6) for share in shares]
    given = [int(part) for part in exact]
    waiting = sorted(
        range(len(shares)), key=lambda index: (given[index] - exact[index], index)
    )
    for index in waiting[: abs(units) - sum(given)]:
        given[index] += 1
    return [part if units >= 0 else -part for part in given]


def credits_of_bookings(
    bookings: Sequence[Booking], shares: Sequence[Fraction]
) -> dict[str, list[int]]:
    """Cents by booking and touch; a reversal takes back what each touch still has."""
    credits: dict[str, list[int]] = {}
    kept: dict[str, list[int]] = {}
    for booking in bookings:
        if booking.kind != "reversal":
            given = give_out(booking.cents, shares)
            credits[booking.booking_id] = given
            so_far = kept.setdefault(booking.contract_id, [0] * len(shares))
            for index, cents in enumerate(given):
                so_far[index] += cents
    for booking in bookings:
        if booking.kind == "reversal":
            credits[booking.booking_id] = [
                -cents for cents in kept[booking.contract_id]
            ]
    return credits
