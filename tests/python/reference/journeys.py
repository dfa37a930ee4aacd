"""What led to each deal, and what it earns: from exports to credits.

Sections 1.12 and 1.13 of the semantics, by the models that look at the place of a touch
only. Revenue is what was signed, and counts touches up to the close; pipeline is what a
deal was worth when it began, and counts touches up to then.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from .agreement import Agreement, is_true
from .calendar import Calendar
from .company import Company, plain
from .credits import (
    MILLIONTHS,
    Booking,
    Deal,
    Position,
    Touch,
    credits_of_bookings,
    give_out,
    shares_of_touches,
    touches_that_count,
)
from .interactions import Doings, Interaction
from .money import EURO, Rates
from .opportunities import Opportunities
from .people import People, hash_key
from .reading import LONG_AGO, Exports, Row, grouped
from .visitors import Visitors

NOTHING = "(none)"
UNATTRIBUTED = "(unattributed)"
WEBSITE = re.compile(r"(?:[a-z][a-z0-9+.-]*://)?(?:www[.])?([^/:?#]+)")
CHANNELS = {
    "email_click": "email",
    "webinar": "webinar",
    "event": "event",
    "social": "organic_social",
    "call": "sales_outreach",
    "email_reply": "sales_outreach",
}


@dataclass(frozen=True)
class TeamTouch(Touch):
    """A touch with whose action it was, and whether it can earn credit.

    One of a stranger has an empty person; one off the site has no visitor and no visit.
    """

    touch_type: str
    team: str
    assist_team: str | None
    can_earn: bool
    visitor: str | None = None
    visit_id: str | None = None
    campaign_id: str | None = None


@dataclass(frozen=True)
class Credit:
    """What one touch earns of one deal under one model; no touch is nobody's."""

    attribution_model: str
    opportunity_id: str
    touch_id: str | None
    person_id: str | None
    channel: str
    touch_number: int | None
    share_millionths: int
    cents: int


@dataclass(frozen=True)
class Booked(Booking):
    """A booking with what finance wrote of it, and the day on which it counts."""

    opportunity_id: str
    receipt_id: str
    amount: Decimal
    currency: str
    booked_on: date


@dataclass(frozen=True)
class BookingCredit:
    """What one touch earns of one booking under one model; no touch is nobody's."""

    attribution_model: str
    definition_version: str
    booking: Booked
    touch_id: str | None
    person_id: str | None
    channel: str
    touch_number: int | None
    cents: int


@dataclass(frozen=True)
class Division:
    """How one model divides a deal; without touches it is nobody's, as a whole."""

    attribution_model: str
    definition_version: str
    path: tuple[Touch, ...]
    shares: tuple[Fraction, ...]

    def parts(self) -> Iterator[tuple[int, str | None, str | None, str, int | None]]:
        """Place, touch, person, channel and number of each touch that has a share."""
        if not self.path:
            yield 0, None, None, UNATTRIBUTED, None
        for place, touch in enumerate(self.path):
            if self.shares[place] > 0:
                yield place, touch.touch_id, touch.person_id, touch.channel, place + 1


@dataclass(frozen=True)
class Visit:
    """Pages that a visitor saw without a long pause."""

    visitor: str
    pages: tuple[Row, ...]
    channel: str
    campaign: Row | None

    @property
    def visit_id(self) -> str:
        return hash_key(self.visitor, self.pages[0]["page_view_id"])

    @property
    def campaign_id(self) -> str | None:
        return self.campaign["campaign_id"] if self.campaign else None

    @property
    def started_at(self) -> datetime:
        return self.pages[0]["occurred_at"]

    @property
    def ended_at(self) -> datetime:
        return self.pages[-1]["occurred_at"]


def host_of(website: str | None) -> str | None:
    """The host of an address on the web, without `www`."""
    found = WEBSITE.match(plain(website))
    return found[1] if found else None


class Journeys:
    """The touches of people and the deals that they led to."""

    def __init__(
        self,
        exports: Exports,
        agreement: Agreement,
        company: Company,
        calendar: Calendar,
        people: People,
        visitors: Visitors,
        doings: Doings,
        opportunities: Opportunities,
    ) -> None:
        self._exports = exports
        self._agreement = agreement
        self._company = company
        self._calendar = calendar
        self._people = people
        self._visitors = visitors
        self._doings = doings
        self._opportunities = opportunities
        self._rates = Rates(exports, calendar)
        rules = agreement.rules_at(exports.as_of)
        self._pause = timedelta(minutes=rules.setting("session_gap_minutes"))

    # Touches

    def visits(self) -> list[Visit]:
        """The visits of all visitors, each visitor's in order."""
        pages = grouped(
            [
                row
                for row in self._exports.newest["web__pages"].values()
                if row["anonymous_id"]
                and row["occurred_at"] <= self._exports.as_of
                and not self._company.is_bot(row["user_agent"])
            ],
            "anonymous_id",
        )
        found = []
        for visitor, rows in pages.items():
            rows.sort(key=lambda row: (row["occurred_at"], row["page_view_id"]))
            visit = [rows[0]]
            for row in rows[1:]:
                if row["occurred_at"] - visit[-1]["occurred_at"] > self._pause:
                    found.append(self._visit(str(visitor), visit))
                    visit = []
                visit.append(row)
            found.append(self._visit(str(visitor), visit))
        return found

    def _visit(self, visitor: str, pages: list[Row]) -> Visit:
        landing = pages[0]
        return Visit(
            visitor,
            tuple(pages),
            self._channel(landing),
            self._campaign_named(landing["utm_campaign"]),
        )

    def _channel(self, landing: Row) -> str:
        own_host, referrer = host_of(landing["url"]), host_of(landing["referrer"])
        if referrer == own_host or self._company.is_own_host(referrer):
            referrer = None
        return self._company.channel(
            landing["utm_source"] or NOTHING,
            landing["utm_medium"] or NOTHING,
            referrer or NOTHING,
            plain(landing["url"]),
        )

    @cached_property
    def _campaigns_by_code(self) -> dict[str, Row]:
        """Campaigns by how links write them: by name first, and by id.

        Of two that share a name the one that still exists.
        """
        found: dict[str, Row] = {}
        campaigns = self._exports.newest["salesforce__campaign"]
        present = self._exports.present["salesforce__campaign"]
        in_order = sorted(
            campaigns.values(),
            key=lambda row: (
                row not in present or row["is_deleted_in_crm"],
                row["campaign_id"],
            ),
        )
        for column in ("campaign_name", "campaign_id"):
            for row in in_order:
                found.setdefault(code_of(row[column]), row)
        found.pop("", None)
        return found

    def _campaign_named(self, name: str | None) -> Row | None:
        """The campaign that a link or a post names, if it is known."""
        return self._campaigns_by_code.get(code_of(name))

    def _can_earn(self, campaign_id: str | None) -> bool:
        """Whether a campaign is marketing, and no such thing as an import."""
        campaign = self._exports.newest["salesforce__campaign"].get(campaign_id or "")
        return campaign is None or not self._company.is_operational_campaign(
            campaign["campaign_type"]
        )

    @cached_property
    def touches(self) -> dict[str, list[TeamTouch]]:
        """The touches that can be credited, by the person."""
        found: dict[str, list[TeamTouch]] = defaultdict(list)
        for person_id, touches in self.all_touches.items():
            found[person_id] = [touch for touch in touches if touch.can_earn]
        return found

    @cached_property
    def all_touches(self) -> dict[str, list[TeamTouch]]:
        """What people did and what sales did to reach them, by the person."""
        found: dict[str, list[TeamTouch]] = defaultdict(list)
        visits = self.visits()
        for visit in visits:
            person_id = self._person_of(visit)
            if person_id:
                found[person_id].append(self._touch_of_visit(visit, person_id))
        of_visitors: dict[str, list[Visit]] = defaultdict(list)
        for visit in visits:
            of_visitors[visit.visitor].append(visit)
        for person_id, interactions in self._doings.interactions.items():
            for done in interactions:
                touch = self._touch(done, of_visitors)
                if touch:
                    found[person_id].append(touch)
        for person_id, attempts in self._doings.attempts.items():
            for attempt in attempts:
                found[person_id].append(
                    TeamTouch(
                        touch_id=hash_key("sales_attempt", attempt.attempt_id),
                        person_id=person_id,
                        channel="sales_outreach",
                        occurred_at=attempt.occurred_at,
                        recorded_at=attempt.occurred_at,
                        touch_type="sales_attempt",
                        team="sales",
                        assist_team=None,
                        can_earn=False,
                    )
                )
        return found

    def touches_of_strangers(self) -> list[TeamTouch]:
        """The visits of which nobody knows whose they are."""
        return [
            self._touch_of_visit(visit, "")
            for visit in self.visits()
            if not self._person_of(visit)
        ]

    def _touch_of_visit(self, visit: Visit, person_id: str) -> TeamTouch:
        """A visit as a touch; without consent it has no visitor."""
        is_consented = any(self._visitors.consents_at(row) for row in visit.pages)
        received_at = visit.pages[0]["received_at"] or visit.started_at
        return TeamTouch(
            touch_id=hash_key("session", visit.visit_id),
            person_id=person_id,
            channel=visit.channel,
            occurred_at=visit.started_at,
            recorded_at=max(visit.started_at, received_at),
            touch_type="session",
            team="marketing",
            assist_team=None,
            can_earn=bool(person_id) and self._can_earn(visit.campaign_id),
            visitor=visit.visitor if is_consented else None,
            visit_id=visit.visit_id,
            campaign_id=visit.campaign_id,
        )

    def _person_of(self, visit: Visit) -> str | None:
        """Whose a visit is: of the first page of somebody who may be followed."""
        for row in visit.pages:
            person = self._visitors.person_at(visit.visitor, row["occurred_at"])
            if person and self._visitors.consents_at(row):
                return person.person_id
        return None

    def _touch(
        self, done: Interaction, visits: dict[str, list[Visit]]
    ) -> TeamTouch | None:
        """What somebody did as a touch; pages are touches as visits."""
        channel = CHANNELS.get(done.event_type)
        recorded_at = done.occurred_at
        team, assist_team = "marketing", None
        visitor, visit, campaign_id = None, None, None
        if done.event_type == "form":
            form = self._exports.newest["hubspot__form_submissions"][done.receipt_id]
            visitor = form["anonymous_id"]
            visit = self._visit_of_form(done, visits.get(visitor, []))
            channel = visit.channel if visit else "unassigned"
            campaign_id = visit.campaign_id if visit else None
        elif done.receipt_type == "campaign_member":
            table = "salesforce__campaign_member"
            campaign_id = self._exports.newest[table][done.receipt_id]["campaign_id"]
            recorded_at = self._member_recorded_at(done)
            if recorded_at is None:
                return None
        elif done.receipt_type == "task":
            task = self._exports.newest["salesforce__task"][done.receipt_id]
            recorded_at = max(done.occurred_at, task["created_at"])
            team = "sales"
        elif done.event_type == "social":
            row = self._exports.newest["social__interactions"][done.receipt_id]
            rules = self._agreement.rules_at(done.occurred_at)
            team, assist_team = rules.team_of_social_touch(
                plain(row["account_identity"]), plain(row["interaction_kind"])
            )
            campaign = self._campaign_named(row["campaign_id"])
            campaign_id = campaign["campaign_id"] if campaign else None
        if channel is None:
            return None
        return TeamTouch(
            touch_id=hash_key(done.event_type, done.receipt_id),
            person_id=done.person_id,
            channel=channel,
            occurred_at=done.occurred_at,
            recorded_at=recorded_at,
            touch_type=done.event_type,
            team=team,
            assist_team=assist_team,
            can_earn=self._can_earn(campaign_id),
            visitor=visitor,
            visit_id=visit.visit_id if visit else None,
            campaign_id=campaign_id,
        )

    def _visit_of_form(
        self, done: Interaction, visits: Sequence[Visit]
    ) -> Visit | None:
        """The visit in which a form was sent."""
        during = [
            visit
            for visit in visits
            if visit.started_at <= done.occurred_at <= visit.ended_at + self._pause
        ]
        return during[-1] if during else None

    def _member_recorded_at(self, done: Interaction) -> datetime | None:
        """When it was known that somebody took part; None when that is no touch."""
        table = "salesforce__campaign_member"
        member = self._exports.newest[table][done.receipt_id]
        status = self._company.member_status(member["status"])
        if status is None or not is_true(status["is_touch"]):
            return None
        stated_at = [
            row["modified_at"] or row["created_at"]
            for row in self._exports.versions[table]
            if row["member_id"] == done.receipt_id
            and plain(row["status"]) == plain(member["status"])
        ]
        return max(done.occurred_at, min(stated_at))

    # Deals

    def bookings(self) -> dict[str, list[Booked]]:
        """What was signed, refunded and taken back, by opportunity."""
        refunds = grouped(self._exports.present["finance__credit_notes"], "contract_id")
        found: dict[str, list[Booked]] = defaultdict(list)
        for contract in sorted(
            self._exports.present["finance__contracts"],
            key=lambda row: row["contract_id"],
        ):
            booked = [self._signed(contract)]
            reversed_on = self._reversed_on(contract)
            for note in refunds.get(contract["contract_id"], []):
                if reversed_on is None or note["refunded_on"] <= reversed_on:
                    booked.append(self._refunded(contract, note))
            if reversed_on is not None:
                left = sum(booking.cents for booking in booked)
                booked.append(_taken_back(contract, reversed_on, left))
            found[contract["opportunity_id"]] += booked
        return found

    def _signed(self, contract: Row) -> Booked:
        contract_id, signed_on = contract["contract_id"], contract["signed_on"]
        amount, currency = contract["amount"], contract["currency"]
        return Booked(
            booking_id=hash_key("contract", contract_id),
            contract_id=contract_id,
            kind="contract",
            cents=self._rates.cents_on(signed_on, amount, currency),
            opportunity_id=contract["opportunity_id"],
            receipt_id=contract_id,
            amount=amount,
            currency=currency,
            booked_on=signed_on,
        )

    def _refunded(self, contract: Row, note: Row) -> Booked:
        """Money that goes back, whether finance writes it with a minus or without."""
        note_id, refunded_on = note["credit_note_id"], note["refunded_on"]
        amount, currency = -abs(note["amount"]), note["currency"]
        return Booked(
            booking_id=hash_key("refund", note_id),
            contract_id=contract["contract_id"],
            kind="refund",
            cents=self._rates.cents_on(refunded_on, amount, currency),
            opportunity_id=contract["opportunity_id"],
            receipt_id=note_id,
            amount=amount,
            currency=currency,
            booked_on=refunded_on,
        )

    def _reversed_on(self, contract: Row) -> date | None:
        """The day on which a win was taken back, if it was."""
        reversed_at = self._opportunities.reversed_at(contract["opportunity_id"])
        if reversed_at is None:
            return None
        return max(self._calendar.local_day(reversed_at), contract["signed_on"])

    def _closed_at(self, opportunity_id: str) -> datetime:
        """The end of the day of the first signature, or now if it was today."""
        first_day = min(
            row["signed_on"]
            for row in self._exports.present["finance__contracts"]
            if row["opportunity_id"] == opportunity_id
        )
        return min(self._calendar.end_of_day(first_day), self._exports.as_of)

    def _deal(self, opportunity_id: str, closed_at: datetime | None) -> Deal:
        """A deal up to its close, or up to its creation while it has none."""
        record = self._exports.newest["salesforce__opportunity"].get(opportunity_id)
        created_at = record["created_at"] if record else None
        if record and closed_at:
            closed_at = max(closed_at, created_at)
        # Also of a deal that no export has, a role or a conversion tells whose it is.
        unknown = {
            "opportunity_id": opportunity_id,
            "account_id": None,
            "created_at": LONG_AGO,
        }
        people = self._opportunities.people_of(record or unknown)
        primary = self._opportunities.primary_person(record or unknown)
        return Deal(
            opportunity_id=opportunity_id,
            people=frozenset(people),
            lead_created_at=self._people.by_id[primary].known_at if primary else None,
            opportunity_created_at=created_at,
            closed_at=closed_at,
            cut_off_at=closed_at or created_at,
        )

    # Credits

    @cached_property
    def models(self) -> frozenset[str]:
        """The models that look at the places of touches, under any version."""
        return frozenset(
            model
            for rules in self._agreement.in_force
            for model, positions in rules.credit_models.items()
            if not _looks_at_channels(positions)
        )

    def credits(self) -> Iterator[Credit]:
        """The credits of all revenue."""
        for opportunity_id, bookings in self._sorted_bookings():
            for division in self._divide(self._closed_deal(opportunity_id)):
                by_booking = credits_of_bookings(bookings, division.shares).values()
                cents = [sum(parts) for parts in zip(*by_booking, strict=True)]
                yield from _credits(opportunity_id, division, cents)

    def booking_credits(self) -> Iterator[BookingCredit]:
        """The credits of every contract, refund and reversal by itself."""
        for opportunity_id, bookings in self._sorted_bookings():
            for division in self._divide(self._closed_deal(opportunity_id)):
                cents = credits_of_bookings(bookings, division.shares)
                for booking in bookings:
                    for place, *touch_and_number in division.parts():
                        yield BookingCredit(
                            division.attribution_model,
                            division.definition_version,
                            booking,
                            *touch_and_number,
                            cents[booking.booking_id][place],
                        )

    def pipeline_credits(self) -> Iterator[Credit]:
        """The credits of what every deal was worth when it began."""
        for opportunity_id, record in sorted(self._opportunities.records.items()):
            amount = self._opportunities.first_amount(record)
            if amount is not None:
                worth = self._rates.cents_today(amount, record["currency"])
                for division in self._divide(self._deal(opportunity_id, None)):
                    cents = give_out(worth, division.shares)
                    yield from _credits(opportunity_id, division, cents)

    def _sorted_bookings(self) -> list[tuple[str, list[Booked]]]:
        return sorted(self.bookings().items())

    def _closed_deal(self, opportunity_id: str) -> Deal:
        return self._deal(opportunity_id, self._closed_at(opportunity_id))

    def _divide(self, deal: Deal) -> Iterator[Division]:
        """How every model divides a deal."""
        rules = self._agreement.rules_at(deal.cut_off_at)
        path = touches_that_count(
            deal,
            [touch for person_id in deal.people for touch in self.touches[person_id]],
            int(rules.setting("lookback_days")),
            int(rules.setting("back_dating_days")),
        )
        for model, positions in rules.credit_models.items():
            if _looks_at_channels(positions):
                continue
            shares = [Fraction(1)]
            if path:
                shares = shares_of_touches(
                    deal, path, positions, self._company.direct_channel, {}
                )
            yield Division(model, rules.number, tuple(path), tuple(shares))


def _credits(
    opportunity_id: str, division: Division, cents: Sequence[int]
) -> Iterator[Credit]:
    """The parts of a deal, with the cents of each place."""
    millionths = give_out(MILLIONTHS, division.shares)
    for place, *touch_and_number in division.parts():
        yield Credit(
            *(division.attribution_model, opportunity_id, *touch_and_number),
            *(millionths[place], cents[place]),
        )


def _looks_at_channels(positions: Sequence[Position]) -> bool:
    """Whether a model has a formula of its own, in place of weights of places."""
    return any(position.name == "channel" for position in positions)


def _taken_back(contract: Row, reversed_on: date, cents: int) -> Booked:
    """What is left of a contract, in euro, once its win did not stand."""
    contract_id = contract["contract_id"]
    return Booked(
        booking_id=hash_key("reversal", contract_id),
        contract_id=contract_id,
        kind="reversal",
        cents=-cents,
        opportunity_id=contract["opportunity_id"],
        receipt_id=contract_id,
        amount=Decimal(-cents) / 100,
        currency=EURO,
        booked_on=reversed_on,
    )


def code_of(campaign_name: str | None) -> str:
    """How links write the name of a campaign: letters and digits alone."""
    return re.sub(r"[^a-z0-9ß-öø-ÿ]", "", (campaign_name or "").lower())
