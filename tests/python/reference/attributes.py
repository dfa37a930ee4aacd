"""What is known of somebody, and since when: the signals of the fit rules.

Every record that shows a value observes it at the instant at which it was changed to
it. The newest observation counts; the first counts back to the beginning.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from .accounts import master_account
from .company import Company, plain
from .people import People
from .reading import Exports, Row, grouped

SIGNALS = ("employees", "industry", "seniority", "country", "email_class")
# Which source is believed when two observe at the same instant.
HUBSPOT, CRM_CONTACT, CRM_LEAD, FORM = 3, 2, 1, 0


@dataclass
class Attributes:
    """The values of one person's signals over time."""

    # Signal -> (since when, value); the first is without a since.
    changes: dict[str, list[tuple[datetime | None, str]]] = field(default_factory=dict)

    def at(self, instant: datetime) -> dict[str, str]:
        """The values that are known at an instant."""
        known = {}
        for signal, changes in self.changes.items():
            for since, value in changes:
                if since is None or since <= instant:
                    known[signal] = value
        return known

    def changed_at(self) -> set[datetime]:
        """The instants at which any value changes."""
        return {
            since
            for changes in self.changes.values()
            for since, _ in changes
            if since is not None
        }


def read_attributes(
    exports: Exports, people: People, company: Company
) -> dict[str, Attributes]:
    """The attributes of all people."""
    observed: dict[tuple[str, str], list[tuple[datetime, int, str, str]]] = {}
    for person, signal, observed_at, source, record_id, value in _observations(
        exports, people, company
    ):
        observed.setdefault((person.person_id, signal), []).append(
            (observed_at, source, record_id, value)
        )
    attributes = {person_id: Attributes() for person_id in people.by_id}
    for (person_id, signal), observations in observed.items():
        latest: dict[datetime, str] = {}
        # Sorting is stable: what a record shows later stays behind what it showed.
        for observed_at, _, _, value in sorted(observations, key=lambda seen: seen[:3]):
            latest[observed_at] = value
        changes: list[tuple[datetime | None, str]] = []
        for observed_at, value in latest.items():
            if not changes:
                changes.append((None, value))
            elif value != changes[-1][1]:
                changes.append((observed_at, value))
        attributes[person_id].changes[signal] = changes
    return attributes


def _observations(exports: Exports, people: People, company: Company) -> Iterator:
    contact_fields = ("employees", "industry", "job_title", "country", "email")
    for record_id, rows in grouped(
        exports.versions["hubspot__contacts"], "contact_id"
    ).items():
        person = people.of("hubspot", record_id)
        for seen in _changes(rows, contact_fields, company):
            yield (person, *_placed(seen, HUBSPOT, record_id))

    for record_id, rows in grouped(
        exports.versions["salesforce__lead"], "lead_id"
    ).items():
        person = people.of("sf_lead", record_id)
        for seen in _changes(rows, contact_fields, company):
            yield (person, *_placed(seen, CRM_LEAD, record_id))

    accounts = grouped(exports.versions["salesforce__account"], "account_id")
    for record_id, rows in grouped(
        exports.versions["salesforce__contact"], "contact_id"
    ).items():
        person = people.of("sf_contact", record_id)
        for seen in _changes(rows, ("job_title", "email"), company):
            yield (person, *_placed(seen, CRM_CONTACT, record_id))
        account_id = master_account(exports, rows[-1]["account_id"])
        account_rows = accounts.get(account_id, [])
        account_fields = ("employees", "industry", "country")
        for seen in _changes(account_rows, account_fields, company):
            yield (person, *_placed(seen, CRM_CONTACT, account_id))

    for row in exports.newest["hubspot__form_submissions"].values():
        person = people.of_visitor_row(row, "hubspot", row["contact_id"])
        if person and row["email"]:
            signal, value = _signal("email", row["email"], company)
            yield person, signal, row["occurred_at"], FORM, row["submission_id"], value


def _placed(
    seen: tuple[str, datetime, str], source: int, record_id: object
) -> tuple[str, datetime, int, object, str]:
    signal, observed_at, value = seen
    return signal, observed_at, source, record_id, value


def _changes(
    rows: list[Row], fields: tuple[str, ...], company: Company
) -> Iterator[tuple[str, datetime, str]]:
    """The values that a record shows, each when a version shows it anew."""
    for name in fields:
        shown = None
        for row in sorted(rows, key=_version_order):
            if row[name] is None:
                continue
            signal, value = _signal(name, row[name], company)
            if value != shown:
                observed_at = row["modified_at"] or row["created_at"]
                yield signal, observed_at or row["exported_at"], value
            shown = value


def _version_order(row: Row) -> tuple:
    return (
        row["exported_at"],
        row["modified_at"] or row["exported_at"],
        row["content_hash"],
    )


def _signal(name: str, value: object, company: Company) -> tuple[str, str]:
    """A field as the fit rules read it."""
    if name == "job_title":
        return "seniority", company.seniority(value)
    if name == "email":
        return "email_class", company.email_class(value)
    if name == "country":
        return "country", company.country(value)
    return name, plain(value)
