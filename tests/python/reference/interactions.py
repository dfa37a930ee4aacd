"""What people did, and when sales reached out to them.

Every interaction is one row of one export. Which of them are responses, hand-raises or
worth points is for the agreement to say.
"""

from dataclasses import dataclass
from datetime import datetime

from .agreement import HandRaise, Version, is_true
from .calendar import Calendar
from .company import Company, plain
from .people import People, Person
from .reading import Exports, Row
from .visitors import Visitors, page_views_of_people

CALLBACK_FORM = ("form", "callback_request")


@dataclass(frozen=True)
class Interaction:
    """Something that a person did."""

    occurred_at: datetime
    receipt_id: str
    person_id: str
    event_type: str
    event_detail: str
    receipt_type: str
    callback_months: int | None = None

    @property
    def kind(self) -> tuple[str, str]:
        """What the rules of the agreement know it by."""
        return (self.event_type, self.event_detail)

    def hand_raise(self, rules: Version) -> HandRaise | None:
        """How it asks for contact now; a call asked for later is a promise instead."""
        if self.kind == CALLBACK_FORM and (self.callback_months or 0) > 0:
            return None
        return rules.hand_raises.get(self.kind)


@dataclass(frozen=True)
class Attempt:
    """A human reached out to a person."""

    occurred_at: datetime
    attempt_id: str
    person_id: str
    user_id: str | None
    is_connect: bool


class Doings:
    """The interactions and attempts of all people, each person's in order."""

    def __init__(
        self,
        exports: Exports,
        people: People,
        visitors: Visitors,
        company: Company,
        calendar: Calendar,
    ) -> None:
        self._exports = exports
        self._people = people
        self._company = company
        self._calendar = calendar
        self.interactions: dict[str, list[Interaction]] = {}
        self.attempts: dict[str, list[Attempt]] = {}
        self._add_page_views(visitors)
        self._add_forms()
        self._add_email_events()
        self._add_social()
        self._add_members()
        self._add_tasks()
        for interactions in self.interactions.values():
            interactions.sort(key=lambda done: (done.occurred_at, done.receipt_id))
        for attempts in self.attempts.values():
            attempts.sort(key=lambda attempt: (attempt.occurred_at, attempt.attempt_id))

    def _add(
        self,
        person: Person | None,
        occurred_at: datetime,
        kind: tuple[str, str],
        receipt: tuple[str, str],
        callback_months: int | None = None,
    ) -> None:
        if person is None or occurred_at > self._exports.as_of:
            return
        self.interactions.setdefault(person.person_id, []).append(
            Interaction(
                occurred_at=occurred_at,
                receipt_id=receipt[1],
                person_id=person.person_id,
                event_type=kind[0],
                event_detail=kind[1],
                receipt_type=receipt[0],
                callback_months=callback_months,
            )
        )

    def _add_page_views(self, visitors: Visitors) -> None:
        for person, row, group in page_views_of_people(
            self._exports, visitors, self._company
        ):
            if group:
                self._add(
                    person,
                    row["occurred_at"],
                    ("page_view", group),
                    ("page_view", row["page_view_id"]),
                )

    def form_kind(self, submission: Row) -> str | None:
        """What a submitted form was for."""
        form = self._exports.newest["hubspot__forms"].get(submission["form_id"])
        return self._company.form_kind(
            submission["form_id"], form["form_type"] if form else None
        )

    def _add_forms(self) -> None:
        for row in self._exports.newest["hubspot__form_submissions"].values():
            kind = self.form_kind(row)
            if kind:
                self._add(
                    self._people.of_visitor_row(row, "hubspot", row["contact_id"]),
                    row["occurred_at"],
                    ("form", kind),
                    ("form_submission", row["submission_id"]),
                    row["callback_months"],
                )

    def _add_email_events(self) -> None:
        for row in self._exports.newest["hubspot__email_events"].values():
            kind = plain(row["event_kind"])
            if kind == "click" and not row["is_filtered"]:
                what = ("email_click", "human")
            elif kind == "unsubscribed":
                what = ("unsubscribe", "")
            elif kind == "bounce" and plain(row["bounce_category"]) == "hard":
                what = ("hard_bounce", "")
            else:
                continue
            person = self._people.of_email(row["recipient_email"])
            receipt = ("email_event", row["email_event_id"])
            self._add(person, row["occurred_at"], what, receipt)

    def _add_social(self) -> None:
        for row in self._exports.newest["social__interactions"].values():
            if plain(row["interaction_kind"]) == "direct_message":
                detail = "direct_message"
            elif plain(row["account_identity"]) == "brand":
                detail = "brand_engagement"
            else:
                detail = "employee_engagement"
            self._add(
                self._people.of_email(row["email"]),
                row["occurred_at"],
                ("social", detail),
                ("social_interaction", row["interaction_id"]),
            )

    def _add_members(self) -> None:
        """Members of webinars and events; of several rows of one person, the furthest.

        Somebody who registered online and stands on the list at the door took part
        once.
        """
        furthest: dict[tuple[str, str], tuple] = {}
        campaigns = self._exports.newest["salesforce__campaign"]
        for row in self._exports.present["salesforce__campaign_member"]:
            campaign = campaigns.get(row["campaign_id"])
            event_type = self._company.campaign_event_type(
                campaign["campaign_type"] if campaign else None
            )
            status = self._company.member_status(row["status"])
            person = self._people.of_lead_or_contact(
                row["lead_id"]
            ) or self._people.of_lead_or_contact(row["contact_id"])
            if event_type not in ("webinar", "event") or not status or not person:
                continue
            if status["event_detail"] not in ("attended", "registered"):
                continue
            occurred_at = row["created_at"]
            if status["event_detail"] == "attended" and row["first_responded_on"]:
                day_ends_at = self._calendar.end_of_day(row["first_responded_on"])
                occurred_at = min(day_ends_at, self._exports.as_of)
            order = (-int(status["status_rank"]), occurred_at, row["member_id"])
            taken = (order, person, event_type, status["event_detail"])
            key = (person.person_id, row["campaign_id"])
            furthest[key] = min(furthest.get(key, taken), taken, key=lambda it: it[0])
        for (
            _,
            occurred_at,
            member_id,
        ), person, event_type, detail in furthest.values():
            receipt = ("campaign_member", member_id)
            self._add(person, occurred_at, (event_type, detail), receipt)

    def _add_tasks(self) -> None:
        for row in self._exports.present["salesforce__task"]:
            meaning = self._company.task_type(row)
            person = self._people.of_lead_or_contact(row["who_id"])
            if (
                meaning is None
                or person is None
                or not is_true(meaning["is_human"])
                or row["is_automated"]
                or plain(row["status"]) != "completed"
            ):
                continue
            occurred_at = row["completed_at"] or row["created_at"]
            if meaning["direction"] == "inbound":
                self._add_inbound(person, row, meaning["activity_kind"], occurred_at)
            elif meaning["activity_kind"] in ("attempt", "meeting"):
                self._add_attempt(person, row, occurred_at)

    def _add_attempt(self, person: Person, row: Row, occurred_at: datetime) -> None:
        if occurred_at <= self._exports.as_of:
            self.attempts.setdefault(person.person_id, []).append(
                Attempt(
                    occurred_at=occurred_at,
                    attempt_id=row["task_id"],
                    person_id=person.person_id,
                    user_id=row["owner_id"],
                    is_connect=self._company.is_connect(row["call_disposition"]),
                )
            )

    def _add_inbound(
        self, person: Person, row: Row, activity_kind: str, occurred_at: datetime
    ) -> None:
        if activity_kind == "message":
            kind = ("email_reply", "inbound")
        elif activity_kind == "attempt":
            kind = ("call", "inbound")
        else:
            return
        self._add(person, occurred_at, kind, ("task", row["task_id"]))
