"""What a deal is on the day of the report: whose, how it ended, and by whose doing.

Sections 1.4.5, 1.12 and 1.13 of the semantics. Sourced is one team, that of the action
which made the primary person known; influenced is every team that touched anybody in
the deal before it closed.
"""

from collections import Counter
from collections.abc import Iterator, Set
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from .accounts import master_account
from .agreement import Agreement
from .calendar import Calendar
from .company import Users
from .credits import Deal, touches_that_count
from .journeys import Booked, Journeys
from .leads import Leads
from .money import Rates
from .opportunities import Opportunities
from .people import People
from .reading import Exports, Row
from .replay import Pass


@dataclass(frozen=True)
class DealAnswer:
    """An opportunity as it stands."""

    opportunity_id: str
    account_id: str | None
    owner_user_id: str | None
    primary_pass_id: str | None
    primary_person_id: str | None
    crm_stage_name: str | None
    outcome: str
    crm_loss_reason: str | None
    sourced_by: str | None
    amount: Decimal | None
    currency: str | None
    booked_cents: int | None
    closed_cents: int | None
    person_count: int
    touch_counts: Counter[str]
    assist_counts: Counter[str]
    close_date: date | None
    closed_on: date | None
    created_at: datetime
    created_month: date
    won_at: datetime | None
    lost_at: datetime | None
    reversed_at: datetime | None


class Deals:
    """All opportunities that count."""

    def __init__(
        self,
        exports: Exports,
        agreement: Agreement,
        calendar: Calendar,
        people: People,
        users: Users,
        leads: Leads,
        opportunities: Opportunities,
        journeys: Journeys,
        passes: list[Pass],
        carried: Set[tuple[str, str]],
    ) -> None:
        self._exports = exports
        self._rules = agreement.rules_at(exports.as_of)
        self._calendar = calendar
        self._people = people
        self._users = users
        self._leads = leads
        self._opportunities = opportunities
        self._journeys = journeys
        self._carried = carried
        self._rates = Rates(exports, calendar)
        self._passes: dict[str, list[Pass]] = {}
        for pass_ in passes:
            self._passes.setdefault(pass_.person_id, []).append(pass_)

    def answers(self) -> Iterator[DealAnswer]:
        """The opportunities in the order of their ids."""
        bookings = self._journeys.bookings()
        for opportunity_id, record in sorted(self._opportunities.records.items()):
            yield self._answer(record, bookings.get(opportunity_id, []))

    def _answer(self, record: Row, bookings: list[Booked]) -> DealAnswer:
        opportunity_id, created_at = record["opportunity_id"], record["created_at"]
        won_at = self._opportunities.won_at(record)
        lost_at = self._opportunities.lost_at(record)
        ended_at = won_at or lost_at
        closed_on = self._calendar.local_day(ended_at) if ended_at else None
        primary = self._opportunities.primary_person(record)
        people = frozenset(self._opportunities.people_of(record))
        touches = touches_that_count(
            Deal(
                opportunity_id=opportunity_id,
                people=people,
                lead_created_at=None,
                opportunity_created_at=created_at,
                closed_at=ended_at,
                cut_off_at=ended_at or self._exports.as_of,
            ),
            [one for person_id in people for one in self._journeys.touches[person_id]],
            int(self._rules.setting("lookback_days")),
            int(self._rules.setting("back_dating_days")),
        )
        return DealAnswer(
            opportunity_id=opportunity_id,
            account_id=master_account(self._exports, record["account_id"]),
            owner_user_id=record["owner_id"],
            primary_pass_id=self._pass_of(record, primary) if primary else None,
            primary_person_id=primary,
            crm_stage_name=record["stage_name"],
            outcome=self._opportunities.outcome(record),
            crm_loss_reason=record["loss_reason"],
            sourced_by=self._sourced_by(primary) if primary else None,
            amount=record["amount"],
            currency=record["currency"],
            booked_cents=sum(one.cents for one in bookings) if bookings else None,
            closed_cents=self._closed_cents(record, bookings, closed_on),
            person_count=len(people),
            touch_counts=Counter(touch.team for touch in touches),
            assist_counts=Counter(touch.assist_team for touch in touches),
            close_date=record["close_date"],
            closed_on=closed_on,
            created_at=created_at,
            created_month=self._calendar.local_day(created_at).replace(day=1),
            won_at=won_at,
            lost_at=lost_at,
            reversed_at=self._opportunities.reversed_at(opportunity_id),
        )

    def _pass_of(self, record: Row, person_id: str) -> str:
        """The last pass that the deal carried, else the one that it began in."""
        passes = self._passes[person_id]
        carried = [
            pass_
            for pass_ in passes
            if (record["opportunity_id"], pass_.pass_id) in self._carried
        ]
        begun = [pass_ for pass_ in passes if pass_.opened_at <= record["created_at"]]
        return (carried or begun or passes[:1])[-1].pass_id

    def _closed_cents(
        self, record: Row, bookings: list[Booked], closed_on: date | None
    ) -> int | None:
        """What was decided: signed, or asked for in vain at the rate of that day."""
        if self._opportunities.outcome(record) == "won":
            return sum(one.cents for one in bookings if one.kind == "contract")
        if closed_on is None or record["amount"] is None:
            return None
        return self._rates.cents_by(closed_on, record["amount"], record["currency"])

    def _sourced_by(self, person_id: str) -> str:
        """The team whose action made somebody known; a list is marketing's."""
        known_at = self._people.by_id[person_id].known_at
        first = [
            touch
            for touch in self._journeys.all_touches[person_id]
            if touch.occurred_at == known_at
        ]
        if first:
            return min(
                first,
                key=lambda touch: (
                    not touch.can_earn,
                    *(touch.touch_type, touch.channel, touch.team, touch.touch_id),
                ),
            ).team
        for lead_id in self._leads.of_person.get(person_id, []):
            if self._people.first_seen[f"sf_lead:{lead_id}"] == known_at:
                creator = self._leads.records[lead_id]["created_by_id"]
                return self._users.teams.get(creator) or "marketing"
        return "marketing"
