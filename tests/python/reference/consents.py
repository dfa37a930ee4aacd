"""What people consented to, objected to, and asked to have erased.

Section 1.14 of the semantics. An event of an address is of the person of that address.
"""

from datetime import datetime

from .people import People
from .reading import Exports


class Consents:
    """The privacy events of all people."""

    def __init__(self, exports: Exports, people: People) -> None:
        # (person, purpose) -> events, oldest first.
        self._events: dict[tuple[str, str], list[tuple[datetime, str, str]]] = {}
        for row in exports.newest["privacy__consents"].values():
            person = people.of_email(row["subject_email"])
            if person:
                self._events.setdefault((person.person_id, row["purpose"]), []).append(
                    (row["occurred_at"], row["consent_id"], row["consent_state"])
                )
        for events in self._events.values():
            events.sort()
        # Person -> the first request to be erased, with its receipt.
        self.erasures: dict[str, tuple[datetime, str]] = {}
        for row in exports.newest["privacy__erasure_requests"].values():
            person = people.of_email(row["subject_email"])
            if person:
                request = (row["requested_at"], row["request_id"])
                earlier = self.erasures.get(person.person_id, request)
                self.erasures[person.person_id] = min(earlier, request)

    def events(self, person_id: str, purpose: str) -> list[tuple[datetime, str, str]]:
        """When a person said what about a purpose: (instant, receipt, state)."""
        return self._events.get((person_id, purpose), [])

    def state_at(self, person_id: str, purpose: str, instant: datetime) -> str | None:
        """What a person last said about a purpose."""
        states = [
            state
            for occurred_at, _, state in self.events(person_id, purpose)
            if occurred_at <= instant
        ]
        return states[-1] if states else None

    def may_be_scored(self, person_id: str, instant: datetime) -> bool:
        """Whether a person has not objected to being profiled."""
        return self.state_at(person_id, "profiling", instant) != "objected"
