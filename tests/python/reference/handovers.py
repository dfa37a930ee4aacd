"""What the clocks of each handover say.

Section 1.7 of the semantics: marketing's minutes until somebody in sales has the lead,
sales' minutes until somebody calls, and until somebody decides.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from .calendar import clock_minutes
from .interactions import Attempt
from .replay import Handover, Replay, World

TO_SALES = "marketing_to_sales"
TO_MARKETING = "sales_to_marketing"


@dataclass(frozen=True)
class HandoverAnswer:
    """An assignment from one team to the other, with its clocks in minutes."""

    person_id: str
    pass_id: str
    direction: str
    assigned_at: datetime
    tier: str | None = None
    first_attempt_at: datetime | None = None
    decided_at: datetime | None = None
    decision: str | None = None
    reason_code: str | None = None
    limbo_business_minutes: Decimal | None = None
    first_touch_business_minutes: Decimal | None = None
    decision_business_minutes: Decimal | None = None
    first_touch_clock_minutes: Decimal | None = None
    is_first_touch_met: bool | None = None
    is_decision_met: bool | None = None
    is_pre_contact: bool = False
    is_premature: bool = False


def handover_answers(
    person_id: str, replay: Replay, attempts: list[Attempt], world: World
) -> list[HandoverAnswer]:
    """The handovers of a person and the ways back, in order."""
    answers = []
    for position, handover in enumerate(replay.handovers):
        earlier = replay.handovers[position - 1] if position else None
        later = replay.handovers[position + 1 :]
        ends = [later[0].assigned_at] if later else []
        if handover.pass_.closed_at:
            ends.append(handover.pass_.closed_at)
        answers.append(
            _answer(handover, earlier, min(ends, default=None), attempts, world)
        )
    for back in replay.returns:
        answers.append(
            HandoverAnswer(
                person_id=person_id,
                pass_id=back.pass_id,
                direction=TO_MARKETING,
                assigned_at=back.occurred_at,
                reason_code=back.reason_code,
            )
        )
    return sorted(answers, key=lambda answer: (answer.assigned_at, answer.direction))


def _answer(
    handover: Handover,
    earlier: Handover | None,
    ends_at: datetime | None,
    attempts: list[Attempt],
    world: World,
) -> HandoverAnswer:
    pass_ = handover.pass_
    assigned_at = handover.assigned_at
    calendar = world.calendar
    rules = world.agreement.rules_at(assigned_at)

    # The lead waits from the MQL on, or from the handover that sales gave back.
    waits_from = pass_.entered_at["mql"]
    if earlier and earlier.pass_ is pass_ and earlier.ended_at:
        waits_from = earlier.ended_at

    looks_back = timedelta(hours=rules.setting("pre_contact_hours"))
    before = [
        attempt.occurred_at
        for attempt in attempts
        if max(assigned_at - looks_back, pass_.opened_at)
        <= attempt.occurred_at
        < assigned_at
    ]
    after = [
        attempt.occurred_at
        for attempt in attempts
        if attempt.occurred_at >= assigned_at
        and (ends_at is None or attempt.occurred_at < ends_at)
    ]
    first_attempt_at = (before or after or [None])[0]
    first_touch = first_touch_clock = decision_minutes = None
    if before:
        first_touch = first_touch_clock = Decimal("0.00")
    elif after:
        first_touch = calendar.business_minutes(assigned_at, after[0])
        first_touch_clock = clock_minutes(assigned_at, after[0])
    if handover.decided_at:
        decision_minutes = calendar.business_minutes(assigned_at, handover.decided_at)

    def is_met(taken: Decimal | None, clock: str) -> bool | None:
        """Whether a promise was kept; None: it is not due yet, or never came due."""
        target = rules.target_minutes(handover.tier, clock)
        if target is None:
            return None
        if taken is not None:
            return taken <= target
        until = min(ends_at or world.as_of, world.as_of)
        is_overdue = calendar.business_minutes(assigned_at, until) > target
        return False if is_overdue else None

    return HandoverAnswer(
        person_id=pass_.person_id,
        pass_id=pass_.pass_id,
        direction=TO_SALES,
        assigned_at=assigned_at,
        tier=handover.tier,
        first_attempt_at=first_attempt_at,
        decided_at=handover.decided_at,
        decision=handover.decision,
        reason_code=handover.reason_code,
        limbo_business_minutes=calendar.business_minutes(waits_from, assigned_at),
        first_touch_business_minutes=first_touch,
        decision_business_minutes=decision_minutes,
        first_touch_clock_minutes=first_touch_clock,
        is_first_touch_met=is_met(first_touch, "first_touch"),
        is_decision_met=is_met(decision_minutes, "decision"),
        is_pre_contact=bool(before),
        is_premature=handover.is_premature,
    )
