"""The events of people's lives that the systems recorded, in the order of 1.4.4.

An expired handover and a computed MQL are not here: they follow from what came before
them, so the replay finds them.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from .agreement import Agreement
from .calendar import Calendar
from .commitments import Commitment, Outcome
from .consents import Consents
from .disqualifications import Disqualification
from .interactions import Doings
from .leads import Leads, LeadValue
from .opportunities import Opportunities
from .people import People

NEGATIVE = ("rejected", "recycled", "disqualified")


@dataclass(frozen=True)
class Recorded:
    """Something that happened to a person, with its receipt."""

    occurred_at: datetime
    event: str
    person_id: str
    receipt_type: str
    receipt_id: str
    lead_id: str | None = None
    # The owner that a lead was given to.
    owner_user_id: str | None = None
    reason_code: str | None = None
    opportunity_id: str | None = None
    commitment: Commitment | None = None
    is_hand_raise: bool = False
    decided_by_user_id: str | None = None
    # A disqualification that follows from records, not one that somebody decided.
    is_computed: bool = False


class Recorder:
    """Collects the recorded events of all people."""

    def __init__(
        self,
        agreement: Agreement,
        calendar: Calendar,
        people: People,
        doings: Doings,
        leads: Leads,
        consents: Consents,
        as_of: datetime,
    ) -> None:
        self._agreement = agreement
        self._calendar = calendar
        self._people = people
        self._doings = doings
        self._leads = leads
        self._consents = consents
        self._as_of = as_of
        self.events: dict[str, list[Recorded]] = defaultdict(list)

    def _record(self, event: Recorded) -> None:
        if event.occurred_at <= self._as_of:
            self.events[event.person_id].append(event)

    def record_people(self) -> None:
        """Everybody becomes known, and answers."""
        for person in self._people.by_id.values():
            self._record(
                Recorded(
                    occurred_at=person.known_at,
                    event="identified",
                    person_id=person.person_id,
                    receipt_type="identity_key",
                    receipt_id=person.first_key,
                )
            )
        for interactions in self._doings.interactions.values():
            for done in interactions:
                rules = self._agreement.rules_at(done.occurred_at)
                if done.kind in rules.responses:
                    self._record(
                        Recorded(
                            occurred_at=done.occurred_at,
                            event="response",
                            person_id=done.person_id,
                            receipt_type=done.receipt_type,
                            receipt_id=done.receipt_id,
                            is_hand_raise=done.hand_raise(rules) is not None,
                        )
                    )

    def record_leads(self, commitments: dict[str, list[Commitment]]) -> None:
        """What sales did with the leads. Needs the promises: one can defer a lead."""
        by_lead: dict[str, list[Commitment]] = defaultdict(list)
        for of_person in commitments.values():
            for commitment in of_person:
                if commitment.source == "salesforce_lead":
                    by_lead[commitment.record_id].append(commitment)
        for lead_id in sorted(self._leads.records):
            for event in self._lead_events(lead_id, by_lead[lead_id]):
                self._record(event)

    def _lead_events(
        self, lead_id: str, commitments: list[Commitment]
    ) -> Iterator[Recorded]:
        statuses = list(self._leads.values(lead_id, "Status"))
        maker_id = None
        if self._leads.is_made_by_sales(lead_id):
            first_owner = next(self._leads.values(lead_id, "Owner"))
            if self._leads.event(first_owner) == "assigned":
                maker_id = first_owner.value
        for value in self._leads.handovers(lead_id):
            yield self._lead_event(value, "assigned", owner_user_id=value.value)
        for value in statuses:
            event = self._leads.event(value)
            if not event:
                continue
            if event in NEGATIVE:
                yield self._decision(value, event, commitments)
            elif value.is_initial:
                yield self._lead_event(value, event, owner_user_id=maker_id)
            else:
                yield self._lead_event(value, event)

    def _lead_event(self, value: LeadValue, event: str, **more: object) -> Recorded:
        return Recorded(
            occurred_at=value.occurred_at,
            event=event,
            person_id=value.person_id,
            receipt_type="lead_change",
            receipt_id=value.receipt_id,
            lead_id=value.lead_id,
            decided_by_user_id=value.changed_by,
            **more,
        )

    def _decision(
        self, value: LeadValue, event: str, commitments: list[Commitment]
    ) -> Recorded:
        """A negative decision is what its reason makes of it."""
        rules = self._agreement.rules_at(value.occurred_at)
        until = value.occurred_at + timedelta(minutes=rules.setting("repair_minutes"))
        code = self._leads.reason_at(value.lead_id, until)
        reason = rules.reasons.get(code)
        if reason is None:
            name = "disqualified" if event == "disqualified" else "rejected"
            return self._lead_event(value, name)
        if reason.next_stage == "disqualified":
            return self._lead_event(value, "disqualified", reason_code=code)
        if reason.next_stage in ("merged", "existing_owner", "re_route"):
            return self._lead_event(value, "declined", reason_code=code)
        if reason.needs == "callback_date":
            asked = [c for c in commitments if c.requested_at <= until]
            horizon = rules.setting("callback_horizon_days")
            if asked and asked[-1].horizon_days <= horizon:
                return self._lead_event(
                    value, "deferred", reason_code=code, commitment=asked[-1]
                )
        return self._lead_event(value, "rejected", reason_code=code)

    def record_deals(self, opportunities: Opportunities) -> None:
        """What became of the opportunities."""
        for deal in opportunities.events():
            self._record(
                Recorded(
                    occurred_at=deal.occurred_at,
                    event=deal.event,
                    person_id=deal.person_id,
                    receipt_type=deal.receipt_type,
                    receipt_id=deal.receipt_id,
                    owner_user_id=deal.owner_user_id,
                    opportunity_id=deal.opportunity_id,
                    reason_code=deal.reason_code,
                )
            )

    def record_exclusions(
        self, disqualified: dict[str, list[Disqualification]]
    ) -> None:
        """Who is excluded by what the records say, and who asked to be erased."""
        for person_id, found in disqualified.items():
            for disqualification in found:
                if disqualification.rule.moves_stage:
                    self._record(
                        Recorded(
                            occurred_at=disqualification.valid_from,
                            event="disqualified",
                            person_id=person_id,
                            receipt_type="disqualifier",
                            receipt_id=disqualification.receipt_id,
                            reason_code=disqualification.rule.reason_code,
                            is_computed=True,
                        )
                    )
        for person_id, (requested_at, request_id) in self._consents.erasures.items():
            self._record(
                Recorded(
                    occurred_at=requested_at,
                    event="erased",
                    person_id=person_id,
                    receipt_type="erasure_request",
                    receipt_id=request_id,
                )
            )

    def record_callbacks(
        self,
        commitments: dict[str, list[Commitment]],
        outcomes: dict[str, Outcome],
    ) -> None:
        """The promises that fall due before anything settled them."""
        for of_person in commitments.values():
            for commitment in of_person:
                outcome = outcomes[commitment.commitment_id]
                if outcome.resolved_at and outcome.resolved_at < commitment.due_at:
                    continue
                self._record(
                    Recorded(
                        occurred_at=commitment.due_at,
                        event="callback_due",
                        person_id=commitment.person_id,
                        receipt_type="commitment",
                        receipt_id=commitment.commitment_id,
                        owner_user_id=commitment.holder_user_id,
                        commitment=commitment,
                    )
                )

    def assigned_at(self, person_id: str) -> list[datetime]:
        """When leads of a person were given to sales."""
        return [
            event.occurred_at
            for event in self.events[person_id]
            if event.event == "assigned"
        ]
