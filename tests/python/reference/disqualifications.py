"""Who must never be handed over, and from when to when.

The disqualifiers of the agreement, over the records of a person. None holds before the
person is known, nor before the first version of the agreement that has it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from .agreement import Agreement, Disqualifier
from .attributes import Attributes
from .company import Company
from .consents import Consents
from .interactions import Interaction
from .people import People, Person

UNWILLING = {"refused", "withdrawn", "objected"}
CONTACT_PURPOSES = ("email_marketing", "phone_marketing")


@dataclass(frozen=True)
class Disqualification:
    """A period in which a disqualifier holds for a person; no end: it still does."""

    rule: Disqualifier
    valid_from: datetime
    valid_to: datetime | None
    receipt_id: str

    def holds_at(self, instant: datetime) -> bool:
        """Whether it holds at an instant."""
        return self.valid_from <= instant and (
            self.valid_to is None or instant < self.valid_to
        )


def disqualifications(
    person: Person,
    agreement: Agreement,
    company: Company,
    people: People,
    interactions: list[Interaction],
    attributes: Attributes,
    consents: Consents,
) -> list[Disqualification]:
    """The disqualifications of a person, oldest first."""
    found = []
    for rule, rule_from, rule_to in _rules(agreement):
        for valid_from, valid_to, receipt_id in _periods(
            rule, person, company, people, interactions, attributes, consents
        ):
            start = max(valid_from, person.known_at, rule_from)
            ends = [end for end in (valid_to, rule_to) if end is not None]
            end = min(ends, default=None)
            if end is None or start < end:
                found.append(Disqualification(rule, start, end, receipt_id))
    return sorted(found, key=lambda found: (found.valid_from, found.receipt_id))


def _rules(
    agreement: Agreement,
) -> Iterator[tuple[Disqualifier, datetime, datetime | None]]:
    """The disqualifiers, each with the time in which versions in force have it."""
    open_rules: dict[str, tuple[Disqualifier, datetime]] = {}
    for version in agreement.in_force:
        rules = {rule.rule_id: rule for rule in version.disqualifiers}
        for rule_id in sorted(set(open_rules) - set(rules)):
            rule, since = open_rules.pop(rule_id)
            yield rule, since, version.starts_at
        for rule_id, rule in rules.items():
            open_rules.setdefault(rule_id, (rule, version.starts_at))
    for rule, since in open_rules.values():
        yield rule, since, None


def _periods(
    rule: Disqualifier,
    person: Person,
    company: Company,
    people: People,
    interactions: list[Interaction],
    attributes: Attributes,
    consents: Consents,
) -> Iterator[tuple[datetime, datetime | None, str]]:
    if rule.signal == "email_domain":
        for key in person.keys:
            domain = key.rpartition("@")[2]
            if key.startswith("email:") and company.is_in(rule.value, domain):
                yield people.first_seen[key], None, key
    elif rule.signal == "form_kind":
        for done in interactions:
            if done.kind == ("form", rule.value):
                yield done.occurred_at, None, done.receipt_id
                return
    elif rule.signal == "seniority":
        changes = attributes.changes.get("seniority", [])
        for position, (since, value) in enumerate(changes):
            later = changes[position + 1 :]
            if value == rule.value:
                ends_at = later[0][0] if later else None
                yield since or person.known_at, ends_at, person.first_key
    elif rule.signal == "lawful_basis":
        yield from _without_lawful_basis(person.person_id, consents)
    else:
        raise LookupError(f"no reading of the signal {rule.signal}")


def _without_lawful_basis(
    person_id: str, consents: Consents
) -> Iterator[tuple[datetime, datetime | None, str]]:
    """The periods in which neither mail nor phone is allowed."""
    events = sorted(
        event
        for purpose in CONTACT_PURPOSES
        for event in consents.events(person_id, purpose)
    )
    since = None
    for occurred_at, receipt_id, _ in events:
        is_barred = all(
            consents.state_at(person_id, purpose, occurred_at) in UNWILLING
            for purpose in CONTACT_PURPOSES
        )
        if is_barred and since is None:
            since = (occurred_at, receipt_id)
        elif not is_barred and since is not None:
            yield since[0], occurred_at, since[1]
            since = None
    if since is not None:
        yield since[0], None, since[1]
