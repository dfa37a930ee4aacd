"""Deals: whose they are, and what became of them.

An opportunity moves one person through the funnel; the others on it are supporting.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from .accounts import master_account
from .agreement import Agreement
from .calendar import Calendar
from .company import Company
from .leads import Leads
from .people import People
from .reading import Exports, Row, grouped


@dataclass(frozen=True)
class DealEvent:
    """Something that happened to an opportunity."""

    event: str
    occurred_at: datetime
    receipt_type: str
    receipt_id: str
    opportunity_id: str
    person_id: str
    owner_user_id: str | None
    reason_code: str | None = None


class Opportunities:
    """The opportunities that still stand in the CRM."""

    def __init__(
        self,
        exports: Exports,
        people: People,
        company: Company,
        leads: Leads,
        agreement: Agreement,
        calendar: Calendar,
    ) -> None:
        self._exports = exports
        self._people = people
        self._company = company
        self._leads = leads
        self._agreement = agreement
        self._calendar = calendar
        self.records = {
            row["opportunity_id"]: row
            for row in exports.present["salesforce__opportunity"]
            if not row["is_deleted_in_crm"]
            and company.opportunity_outcome(row["stage_name"]) != "ignored"
        }
        self._roles = grouped(
            exports.present["salesforce__opportunity_contact_role"], "opportunity_id"
        )
        self._changes = grouped(
            sorted(
                exports.newest["salesforce__opportunity_history"].values(),
                key=lambda change: (change["occurred_at"], change["change_id"]),
            ),
            "opportunity_id",
        )
        self._contracts = grouped(
            sorted(
                (c for c in exports.present["finance__contracts"] if c["signed_on"]),
                key=lambda contract: (contract["signed_on"], contract["contract_id"]),
            ),
            "opportunity_id",
        )

    # Whose it is

    def primary_person(self, opportunity: Row) -> str | None:
        """The person whom the opportunity moves, of those who are in it."""
        candidates = self.people_of(opportunity)
        flagged = [
            role
            for role in self._roles.get(opportunity["opportunity_id"], [])
            if role["is_primary"]
        ]
        for role in sorted(flagged, key=lambda role: role["role_id"]):
            person = self._people.of("sf_contact", role["contact_id"])
            if person:
                return person.person_id
        converted = set(self._converted_people(opportunity)) & set(candidates)
        return min(
            converted or candidates,
            key=lambda person_id: (
                -self._last_assigned(person_id, opportunity["created_at"]),
                person_id,
            ),
            default=None,
        )

    def people_of(self, opportunity: Row) -> list[str]:
        """All people of the opportunity."""
        return self.evidence_of(opportunity)[1]

    def evidence_of(self, opportunity: Row) -> tuple[str, list[str]]:
        """What names the people of the opportunity, and whom; nearer hides farther."""
        of_roles = [
            person.person_id
            for role in self._roles.get(opportunity["opportunity_id"], [])
            if (person := self._people.of("sf_contact", role["contact_id"]))
        ]
        if of_roles:
            return "roles", of_roles
        converted = self._converted_people(opportunity)
        if converted:
            return "conversion", converted
        of_account = self._people_of_account(opportunity)
        return ("account" if of_account else "nothing"), of_account

    def _converted_people(self, opportunity: Row) -> list[str]:
        return [
            self._leads.people[lead_id]
            for lead_id, lead in sorted(self._leads.records.items())
            if lead["converted_opportunity_id"] == opportunity["opportunity_id"]
        ]

    def _people_of_account(self, opportunity: Row) -> list[str]:
        account_id = master_account(self._exports, opportunity["account_id"])
        if account_id is None:
            return []
        found = set()
        for contact in self._exports.newest["salesforce__contact"].values():
            if master_account(self._exports, contact["account_id"]) == account_id:
                person = self._people.of("sf_contact", contact["contact_id"])
                if person.known_at <= opportunity["created_at"]:
                    found.add(person.person_id)
        return sorted(found)

    def _last_assigned(self, person_id: str, before: datetime) -> float:
        """When the person was last handed over before an instant, as a number."""
        instants = [
            value.occurred_at.timestamp()
            for lead_id in self._leads.of_person.get(person_id, [])
            for value in self._leads.handovers(lead_id)
            if value.occurred_at < before
        ]
        return max(instants, default=0.0)

    # What became of it

    def outcome(self, opportunity: Row) -> str:
        """Won with a contract that stands, lost, or open."""
        if self.won_at(opportunity):
            return "won"
        return "lost" if self.lost_at(opportunity) else "open"

    def won_at(self, opportunity: Row) -> datetime | None:
        """The end of the day of signing, if it was signed and the win stands.

        What was signed today has happened by now.
        """
        opportunity_id = opportunity["opportunity_id"]
        contracts = self._contracts.get(opportunity_id, [])
        if not contracts or not _win_stands(self._outcomes(opportunity_id)):
            return None
        # A deal can be entered on the day after it was signed.
        signed_at = self._calendar.end_of_day(contracts[0]["signed_on"])
        return max(min(signed_at, self._exports.as_of), opportunity["created_at"])

    def lost_at(self, opportunity: Row) -> datetime | None:
        """When it was lost, if it still is."""
        outcomes = self._outcomes(opportunity["opportunity_id"])
        is_lost = bool(outcomes) and outcomes[-1][0] == "lost"
        return outcomes[-1][1] if is_lost else None

    def first_amount(self, opportunity: Row) -> Decimal | None:
        """What it was worth when it began, in its own currency, if that is known."""
        for change in self._changes.get(opportunity["opportunity_id"], []):
            if change["amount"] is not None:
                return change["amount"]
        return opportunity["amount"]

    def reversed_at(self, opportunity_id: str) -> datetime | None:
        """When the CRM took a win back, if it did and the win is no win again.

        A deal that turns out to be a duplicate leaves the won stage as well.
        """
        outcomes = self._outcomes(opportunity_id, with_ignored=True)
        if not outcomes or outcomes[-1][0] == "won":
            return None
        left = [
            changed_at
            for (before, _, _), (_, changed_at, _) in pairwise(outcomes)
            if before == "won"
        ]
        return max(left, default=None)

    def events(self) -> Iterator[DealEvent]:
        """The events of all opportunities, each of the person that it moves."""
        for opportunity in self.records.values():
            person_id = self.primary_person(opportunity)
            if person_id is None:
                continue
            for name, occurred_at, receipt_type, receipt_id in self._moves(opportunity):
                reason = None
                if name == "lost":
                    reason = self._company.reason_code(opportunity["loss_reason"])
                yield DealEvent(
                    event=name,
                    occurred_at=occurred_at,
                    receipt_type=receipt_type,
                    receipt_id=receipt_id,
                    opportunity_id=opportunity["opportunity_id"],
                    person_id=person_id,
                    owner_user_id=opportunity["owner_id"],
                    reason_code=reason,
                )

    def _moves(self, opportunity: Row) -> Iterator[tuple[str, datetime, str, str]]:
        opportunity_id = opportunity["opportunity_id"]
        yield (
            "opportunity_created",
            opportunity["created_at"],
            "opportunity",
            opportunity_id,
        )
        outcomes = self._outcomes(opportunity_id)
        won_at = self.won_at(opportunity)
        if won_at:
            contract_id = self._contracts[opportunity_id][0]["contract_id"]
            yield "won", won_at, "contract", contract_id
        for position, (outcome, lost_at, change_id) in enumerate(outcomes):
            if outcome != "lost":
                continue
            rules = self._agreement.rules_at(lost_at)
            grace = timedelta(days=rules.setting("closure_grace_days"))
            after = outcomes[position + 1 :]
            if after and after[0][1] - lost_at <= grace:
                continue
            yield "lost", lost_at, "opportunity_change", change_id
            if after:
                _, reopened_at, reopening_id = after[0]
                yield (
                    "opportunity_reopened",
                    reopened_at,
                    "opportunity_change",
                    reopening_id,
                )

    def _outcomes(
        self, opportunity_id: str, with_ignored: bool = False
    ) -> list[tuple[str, datetime, str]]:
        """The outcomes that it went through; history repeats a stage."""
        outcomes: list[tuple[str, datetime, str]] = []
        for change in self._changes.get(opportunity_id, []):
            outcome = self._company.opportunity_outcome(change["stage_name"])
            if outcome is None or (outcome == "ignored" and not with_ignored):
                continue
            if not outcomes or outcomes[-1][0] != outcome:
                outcomes.append((outcome, change["occurred_at"], change["change_id"]))
        return outcomes


def _win_stands(outcomes: list[tuple[str, datetime, str]]) -> bool:
    """No win is what the CRM took back, or what it calls lost."""
    names = [outcome for outcome, _, _ in outcomes]
    if "won" in names:
        return names[-1] == "won"
    return names[-1:] != ["lost"]
