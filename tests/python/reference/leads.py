"""What the CRM recorded on its leads: statuses, owners and reasons, in time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from .company import Company, Users, plain
from .people import People
from .reading import Exports, Row, grouped

OWNER_PREFIXES = ("005", "00G")


@dataclass(frozen=True)
class LeadValue:
    """A field of a lead has a value from an instant on."""

    lead_id: str
    person_id: str
    field: str
    value: str | None
    occurred_at: datetime
    receipt_id: str
    changed_by: str | None
    # It is the value that the lead was created with.
    is_initial: bool


class Leads:
    """The leads with the history of each."""

    def __init__(
        self, exports: Exports, people: People, company: Company, users: Users
    ) -> None:
        self._company = company
        self._users = users
        self.records = exports.newest["salesforce__lead"]
        self._changes = grouped(
            sorted(
                exports.newest["salesforce__lead_history"].values(),
                key=lambda change: (change["occurred_at"], change["change_id"]),
            ),
            "lead_id",
        )
        self.people = {
            lead_id: people.of("sf_lead", lead_id).person_id for lead_id in self.records
        }
        self.of_person: dict[str, list[str]] = {}
        for lead_id, person_id in sorted(self.people.items()):
            self.of_person.setdefault(person_id, []).append(lead_id)

    def changes(self, lead_id: str, field: str) -> list[Row]:
        """The changes of a field, oldest first."""
        changes = [
            change
            for change in self._changes.get(lead_id, [])
            if plain(change["field"]) in (field.lower(), f"{field.lower()}id")
        ]
        if field == "Owner":
            # The CRM writes each change of owner twice: with ids and with names.
            changes = [c for c in changes if _is_owner_id(c["new_value"])]
        return changes

    def values(self, lead_id: str, field: str) -> Iterator[LeadValue]:
        """The values of `Status` or `Owner`, from the creation of the lead on."""
        record = self.records[lead_id]
        changes = self.changes(lead_id, field)
        newest = record["owner_id"] if field == "Owner" else record["status"]
        initial = changes[0]["old_value"] if changes else newest
        moments = [
            (
                initial,
                record["created_at"],
                f"{lead_id}:created:{field.lower()}",
                record["created_by_id"],
            )
        ]
        moments += [
            (
                change["new_value"],
                change["occurred_at"],
                change["change_id"],
                change["created_by_id"],
            )
            for change in changes
        ]
        for position, (value, occurred_at, receipt_id, changed_by) in enumerate(
            moments
        ):
            if field == "Owner":
                value = value[:15] if _is_owner_id(value) else None
            yield LeadValue(
                lead_id=lead_id,
                person_id=self.people[lead_id],
                field=field,
                value=value,
                occurred_at=occurred_at,
                receipt_id=receipt_id,
                changed_by=changed_by,
                is_initial=position == 0,
            )

    def event(self, value: LeadValue) -> str | None:
        """The event that a value stands for."""
        if value.field == "Owner":
            team = self._users.teams.get(value.value)
            return self._company.lead_event("Owner", team) if team else None
        return self._company.lead_event("Status", value.value)

    def is_made_by_sales(self, lead_id: str) -> bool:
        """Whether a lead was created by a person of sales for themselves."""
        return self.event(next(self.values(lead_id, "Status"))) == "sales_generated"

    def handovers(self, lead_id: str) -> Iterator[LeadValue]:
        """The owners in sales that a lead was given to; who made it was not."""
        is_made_by_sales = self.is_made_by_sales(lead_id)
        for value in self.values(lead_id, "Owner"):
            is_maker = value.is_initial and is_made_by_sales
            if self.event(value) == "assigned" and not is_maker:
                yield value

    def last_sales_owner(self, lead_id: str, instant: datetime) -> str | None:
        """The owner in sales whom a lead had last by an instant."""
        owners = [
            (value.occurred_at, value.receipt_id, value.value)
            for value in self.values(lead_id, "Owner")
            if value.occurred_at <= instant
            and self._users.teams.get(value.value) == "sales"
        ]
        return max(owners)[2] if owners else None

    def reason_at(self, lead_id: str, instant: datetime) -> str | None:
        """The code of the reason that was given by an instant, else of the last one."""
        reasons = [
            change["new_value"]
            for change in self.changes(lead_id, "Rejection_Reason__c")
            if change["occurred_at"] <= instant
        ]
        reason = reasons[-1] if reasons else self.records[lead_id]["rejection_reason"]
        return self._company.reason_code(reason)


def _is_owner_id(value: str | None) -> bool:
    return bool(value) and value.startswith(OWNER_PREFIXES) and len(value) in (15, 18)
