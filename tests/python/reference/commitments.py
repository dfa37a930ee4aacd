"""Promises to call back: who asked, when it is due, who holds it, what became of it.

Section 1.6.2 of the semantics: the promise stays with a named person, whoever owns the
lead meanwhile.
"""

from dataclasses import dataclass
from datetime import date, datetime

from .agreement import Agreement
from .calendar import Calendar, add_months
from .company import Users
from .consents import Consents
from .interactions import Doings
from .leads import Leads
from .people import People, hash_key
from .reading import Exports


@dataclass(frozen=True)
class Commitment:
    """A promise to call somebody back."""

    commitment_id: str
    person_id: str
    source: str
    record_id: str
    requested_at: datetime
    months: int
    is_requested_by_person: bool
    due_at: datetime
    due_day: date
    horizon_days: int
    holder_user_id: str | None


@dataclass(frozen=True)
class Outcome:
    """What became of a promise; open while it can still be kept."""

    outcome: str
    resolved_at: datetime | None


def read_commitments(
    exports: Exports,
    people: People,
    doings: Doings,
    leads: Leads,
    users: Users,
    calendar: Calendar,
) -> dict[str, list[Commitment]]:
    """The commitments of all people, each person's in the order of asking."""
    asked: dict[tuple, tuple[str, bool, str | None]] = {}
    for row in exports.versions["salesforce__lead"]:
        if row["callback_requested_at"] and (row["callback_months"] or 0) > 0:
            key = (
                "salesforce_lead",
                row["lead_id"],
                row["callback_requested_at"],
                row["callback_months"],
            )
            owner_id = leads.last_sales_owner(
                row["lead_id"], min(row["callback_requested_at"], exports.as_of)
            )
            by_person = bool(row["is_callback_requested_by_person"])
            asked[key] = (leads.people[row["lead_id"]], by_person, owner_id)
    for row in exports.newest["hubspot__form_submissions"].values():
        person = people.of_visitor_row(row, "hubspot", row["contact_id"])
        if (
            person
            and (row["callback_months"] or 0) > 0
            and doings.form_kind(row) == "callback_request"
        ):
            key = (
                "form_submission",
                row["submission_id"],
                row["occurred_at"],
                row["callback_months"],
            )
            asked[key] = (person.person_id, True, None)

    commitments: dict[str, list[Commitment]] = {}
    for (source, record_id, written_at, months), (
        person_id,
        is_requested_by_person,
        owner_id,
    ) in asked.items():
        asked_on = calendar.local_day(written_at)
        if asked_on > calendar.local_day(exports.as_of):
            continue
        # What was promised today has been promised by now.
        requested_at = min(written_at, exports.as_of)
        unrolled = add_months(asked_on, months)
        due_at = calendar.first_opening(unrolled)
        holder_id = owner_id
        if not users.is_sales_user(owner_id) or users.is_inactive(owner_id, due_at):
            holder_id = users.team_queues["sales"]
        commitments.setdefault(person_id, []).append(
            Commitment(
                # The names of what is due at one instant put it in order.
                commitment_id=hash_key(
                    source, record_id, f"{written_at:%F %T}+00", months
                ),
                person_id=person_id,
                source=source,
                record_id=record_id,
                requested_at=requested_at,
                months=months,
                is_requested_by_person=is_requested_by_person,
                due_at=due_at,
                due_day=calendar.local_day(due_at),
                horizon_days=(unrolled - asked_on).days,
                holder_user_id=holder_id,
            )
        )
    for of_person in commitments.values():
        of_person.sort(key=lambda c: (c.requested_at, c.commitment_id))
    return commitments


def outcome_of(
    commitment: Commitment,
    of_person: list[Commitment],
    doings: Doings,
    assigned_at: list[datetime],
    agreement: Agreement,
    consents: Consents,
    calendar: Calendar,
    as_of: datetime,
) -> Outcome:
    """What became of a promise: the first thing that settles it."""
    person_id = commitment.person_id
    attempts = [attempt.occurred_at for attempt in doings.attempts.get(person_id, [])]
    due_day_ends = calendar.end_of_day(commitment.due_day)

    def is_pending(instant: datetime) -> bool:
        return commitment.requested_at < instant < commitment.due_at

    # Of two at one instant, the one that is settled first here counts.
    settled: list[tuple[datetime, int, str]] = []

    barred = [
        occurred_at
        for occurred_at, _, state in consents.events(person_id, "phone_marketing")
        if state == "objected"
    ]
    if person_id in consents.erasures:
        barred.append(consents.erasures[person_id][0])
    barred = [at for at in barred if commitment.requested_at < at <= due_day_ends]
    if barred:
        settled.append((min(barred), 0, "cancelled_privacy"))

    later = [other for other in of_person if is_pending(other.requested_at)]
    if later:
        is_own_wish = later[0].is_requested_by_person
        settled.append(
            (later[0].requested_at, 1, "superseded" if is_own_wish else "broken")
        )

    wanted = [
        done.occurred_at
        for done in doings.interactions.get(person_id, [])
        if done.hand_raise(agreement.rules_at(done.occurred_at))
    ] + assigned_at
    wanted = [at for at in wanted if is_pending(at)]
    if wanted:
        answered = [at for at in attempts if at >= min(wanted)]
        if answered and answered[0] < commitment.due_at:
            settled.append((answered[0], 2, "superseded"))

    kept = [at for at in attempts if calendar.local_day(at) == commitment.due_day]
    if kept:
        settled.append((kept[0], 3, "kept"))

    if not settled and as_of >= due_day_ends:
        settled.append((due_day_ends, 4, "broken"))
    if not settled:
        return Outcome("open", None)
    resolved_at, _, outcome = min(settled)
    return Outcome(outcome, resolved_at)
