"""Whose page views are whose.

Section 1.11 of the semantics: a page view belongs to the person of the visitor's last
identification, else of the first one to come, and only while the visitor consents.
"""

from datetime import datetime

from .company import Company
from .people import People, Person
from .reading import Exports, Row


class Visitors:
    """Visitors, with what made them known and what they consented to."""

    def __init__(self, exports: Exports, people: People) -> None:
        self._identified: dict[str, list[tuple[datetime, str, Person]]] = {}
        self._consents: dict[str, list[tuple[datetime, str, str]]] = {}
        for row in exports.newest["web__identifies"].values():
            person = people.of_visitor_row(row, "web_user", row["user_id"])
            self._identify(row, row["identification_id"], person)
        for row in exports.newest["hubspot__form_submissions"].values():
            person = people.of_visitor_row(row, "hubspot", row["contact_id"])
            self._identify(row, row["submission_id"], person)
        for moments in self._identified.values():
            moments.sort(key=lambda moment: moment[:2])
        for row in exports.newest["privacy__consents"].values():
            if row["purpose"] == "analytics_cookie" and row["anonymous_id"]:
                self._consents.setdefault(row["anonymous_id"], []).append(
                    (row["occurred_at"], row["consent_id"], row["consent_state"])
                )
        for events in self._consents.values():
            events.sort()

    def _identify(self, row: Row, receipt_id: str, person: Person | None) -> None:
        if row["anonymous_id"] and person:
            self._identified.setdefault(row["anonymous_id"], []).append(
                (row["occurred_at"], receipt_id, person)
            )

    def person_at(self, anonymous_id: str, instant: datetime) -> Person | None:
        """Who a visitor is at an instant."""
        moments = self._identified.get(anonymous_id, [])
        before = [moment for moment in moments if moment[0] <= instant]
        if before:
            return before[-1][2]
        if not moments:
            return None
        # Of several at the first instant, the last by its receipt, as always.
        first = [moment for moment in moments if moment[0] == moments[0][0]]
        return first[-1][2]

    def consents_at(self, page_view: Row) -> bool:
        """Whether a page view may be attached to a person."""
        events = [
            event
            for event in self._consents.get(page_view["anonymous_id"], [])
            if event[0] <= page_view["occurred_at"]
        ]
        state = events[-1][2] if events else page_view["consent_state"]
        return state == "granted"


def page_views_of_people(
    exports: Exports, visitors: Visitors, company: Company
) -> list[tuple[Person, Row, str | None]]:
    """The page views of people: who, what, and in which group of pages."""
    views = []
    for row in exports.newest["web__pages"].values():
        if company.is_bot(row["user_agent"]) or not row["anonymous_id"]:
            continue
        person = visitors.person_at(row["anonymous_id"], row["occurred_at"])
        if person and visitors.consents_at(row):
            views.append((person, row, company.page_group(row["path"])))
    return views
