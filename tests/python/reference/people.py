"""Who is who: records that share a strong key are one person.

Section 1.11 of the semantics. The keys are addresses and the ids of records; whatever
shows two keys on one row says that both are of one person. All rows that any visible
export shows count: an address that was on a record once stays a key.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from .company import Company
from .reading import Exports


def hash_key(*parts: object) -> str:
    """The key of a row: a hash of what names it."""
    text = "|".join(str(part) for part in parts)
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


@dataclass
class Person:
    """Somebody, with all keys that lead to them."""

    person_id: str
    known_at: datetime
    # The key that was seen first names the person.
    first_key: str
    keys: list[str] = field(default_factory=list)


class People:
    """All people, and the way from a key to its person."""

    def __init__(self, exports: Exports, company: Company) -> None:
        self._company = company
        self._parent: dict[str, str] = {}
        self.first_seen: dict[str, datetime] = {}
        self._read_contacts(exports)
        self._read_leads(exports)
        self._read_visitors(exports)
        self.by_key: dict[str, Person] = {}
        self.by_id: dict[str, Person] = {}
        self._name_people()

    # Reading keys

    def _see(self, instant: datetime, *keys: str | None) -> None:
        """These keys stand on one row, so they are of one person."""
        present = [key for key in keys if key]
        for key in present:
            self._parent.setdefault(key, key)
            known = self.first_seen.get(key)
            self.first_seen[key] = min(known, instant) if known else instant
        for key in present[1:]:
            self._join(present[0], key)

    def _email_key(self, email: str | None) -> str | None:
        """An address as a key; that of a desk joins nobody."""
        if email is None or self._company.is_role_mailbox(email):
            return None
        return f"email:{email}"

    def _read_contacts(self, exports: Exports) -> None:
        for row in exports.versions["hubspot__contacts"]:
            self._see(
                row["created_at"] or row["exported_at"],
                _key("hubspot", row["contact_id"]),
                self._email_key(row["email"]),
                *(self._email_key(email) for email in row["additional_emails"]),
                _key("sf_lead", row["salesforce_lead_id"]),
                _key("sf_contact", row["salesforce_contact_id"]),
            )
        # Somebody can be merged more than once; every merge counts.
        for row in exports.versions["hubspot__contact_merge_audit"]:
            self._see(
                row["occurred_at"],
                _key("hubspot", row["canonical_contact_id"]),
                _key("hubspot", row["merged_contact_id"]),
            )

    def _read_leads(self, exports: Exports) -> None:
        for row in exports.versions["salesforce__lead"]:
            self._see(
                row["created_at"] or row["exported_at"],
                _key("sf_lead", row["lead_id"]),
                self._email_key(row["email"]),
                _key("sf_lead", row["master_lead_id"]),
                _key("sf_contact", row["converted_contact_id"]),
            )
        for row in exports.versions["salesforce__contact"]:
            self._see(
                row["created_at"] or row["exported_at"],
                _key("sf_contact", row["contact_id"]),
                self._email_key(row["email"]),
                _key("sf_contact", row["master_contact_id"]),
            )

    def _read_visitors(self, exports: Exports) -> None:
        for row in exports.newest["web__identifies"].values():
            self._see_visitor(row, _key("web_user", row["user_id"]))
        for row in exports.newest["hubspot__form_submissions"].values():
            self._see_visitor(row, _key("hubspot", row["contact_id"]))
        for row in exports.newest["social__interactions"].values():
            self._see_visitor(row, None)

    def _see_visitor(self, row: dict, record_key: str | None) -> None:
        email_key = self._email_key(row["email"])
        if record_key is None and email_key is None and row["email"]:
            # Nothing but the address of a desk: somebody, but joined to no record.
            email_key = f"email:{row['email']}"
        self._see(row["occurred_at"], record_key, email_key)

    # Joining keys

    def _root(self, key: str) -> str:
        while self._parent[key] != key:
            self._parent[key] = self._parent[self._parent[key]]
            key = self._parent[key]
        return key

    def _join(self, one: str, other: str) -> None:
        self._parent[self._root(one)] = self._root(other)

    def _name_people(self) -> None:
        groups: dict[str, list[str]] = {}
        for key in sorted(self._parent):
            groups.setdefault(self._root(key), []).append(key)
        for keys in groups.values():
            first_key = min(keys, key=lambda key: (self.first_seen[key], key))
            person = Person(
                person_id=hash_key(first_key),
                known_at=self.first_seen[first_key],
                first_key=first_key,
                keys=keys,
            )
            self.by_id[person.person_id] = person
            for key in keys:
                self.by_key[key] = person

    # Finding people

    def of(self, kind: str, value: object) -> Person | None:
        """The person of a record id or an address."""
        return self.by_key.get(f"{kind}:{value}") if value else None

    def of_email(self, email: str | None) -> Person | None:
        """The person of an address; that of a desk has one only if it stands alone."""
        return self.of("email", email)

    def of_visitor_row(self, row: dict, kind: str, record_id: object) -> Person | None:
        """The person of a form or an identification: its record before its address."""
        return self.of(kind, record_id) or self.of_email(row["email"])

    def of_lead_or_contact(self, record_id: str | None) -> Person | None:
        """The person of a task or a campaign member."""
        return self.of("sf_lead", record_id) or self.of("sf_contact", record_id)


def _key(kind: str, value: object) -> str | None:
    return f"{kind}:{value}" if value else None
