"""Whose traces are hidden, and what stands in their place.

Section 1.14 of the semantics. A request names an address; all keys that were seen with
it until then, directly or through others, are of the same person, and so are the
devices on which that person said so. Each key gets a name that only the company's key
can make. What happened after the request is of somebody new: an address that is given
again stands as it is, while an id that a system still uses leads to nobody.
"""

import hashlib
import os
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from .company import Company
from .reading import (
    Reader,
    Row,
    UnreadableError,
    read_email,
    read_emails,
    read_instant,
    read_salesforce_id,
    read_text,
)

PROJECT_FILE = Path(__file__).parents[3] / "dbt_project.yml"
RawRows = dict[str, list[dict[str, str]]]

# Table -> the keys that its rows show (kind, raw column, how it is read), and the
# column of the instant at which they were seen together.
SIGHTINGS: dict[str, tuple[tuple[tuple[str, str, Reader], ...], str]] = {
    "hubspot__contacts": (
        (
            ("hubspot", "hs_object_id", read_text),
            ("email", "email", read_email),
            ("email", "hs_additional_emails", read_emails),
            ("sf_lead", "salesforceleadid", read_salesforce_id),
            ("sf_contact", "salesforcecontactid", read_salesforce_id),
        ),
        "createdate",
    ),
    "hubspot__contact_merge_audit": (
        (
            ("hubspot", "canonical_vid", read_text),
            ("hubspot", "vid_to_merge", read_text),
        ),
        "timestamp",
    ),
    "salesforce__lead": (
        (
            ("sf_lead", "Id", read_salesforce_id),
            ("email", "Email", read_email),
            ("sf_lead", "MasterRecordId", read_salesforce_id),
            ("sf_contact", "ConvertedContactId", read_salesforce_id),
        ),
        "CreatedDate",
    ),
    "salesforce__contact": (
        (
            ("sf_contact", "Id", read_salesforce_id),
            ("email", "Email", read_email),
            ("sf_contact", "MasterRecordId", read_salesforce_id),
        ),
        "CreatedDate",
    ),
    "hubspot__form_submissions": (
        (("hubspot", "contact_id", read_text), ("email", "email", read_email)),
        "submitted_at",
    ),
    "web__identifies": (
        (("web_user", "user_id", read_text), ("email", "email", read_email)),
        "timestamp",
    ),
    "social__interactions": ((("email", "email", read_email),), "occurred_at"),
}


@dataclass(frozen=True)
class Traces:
    """Where the rows of a table name a person, in our names of the columns.

    The first key that is given says whose the row is.
    """

    keys: tuple[tuple[str, str], ...]
    happened: str
    ids: tuple[str, ...] = ()
    prefix_length: int = 0
    keeps_order_within: str = ""
    # Whether later exports are refused; a request may be told again.
    is_refused: bool = True


TRACES = {
    "web__pages": Traces(
        (("visitor", "anonymous_id"), ("web_user", "user_id")),
        "occurred_at",
        ("page_view_id",),
    ),
    "web__identifies": Traces(
        (("web_user", "user_id"), ("email", "email"), ("visitor", "anonymous_id")),
        "occurred_at",
        ("identification_id",),
    ),
    "hubspot__contacts": Traces(
        (
            ("hubspot", "contact_id"),
            ("email", "email"),
            ("sf_lead", "salesforce_lead_id"),
            ("sf_contact", "salesforce_contact_id"),
        ),
        "created_at",
    ),
    "hubspot__contact_merge_audit": Traces(
        (("hubspot", "canonical_contact_id"), ("hubspot", "merged_contact_id")),
        "occurred_at",
    ),
    "hubspot__email_events": Traces(
        (("email", "recipient_email"),), "occurred_at", ("email_event_id",)
    ),
    "hubspot__form_submissions": Traces(
        (("hubspot", "contact_id"), ("email", "email"), ("visitor", "anonymous_id")),
        "occurred_at",
        ("submission_id",),
    ),
    "social__interactions": Traces(
        (("email", "email"),), "occurred_at", ("interaction_id",)
    ),
    "salesforce__lead": Traces(
        (
            ("sf_lead", "lead_id"),
            ("email", "email"),
            ("sf_lead", "master_lead_id"),
            ("sf_contact", "converted_contact_id"),
        ),
        "created_at",
    ),
    "salesforce__contact": Traces(
        (
            ("sf_contact", "contact_id"),
            ("email", "email"),
            ("sf_contact", "master_contact_id"),
        ),
        "created_at",
    ),
    "salesforce__lead_history": Traces(
        (("sf_lead", "lead_id"),), "occurred_at", ("change_id",), 3, "lead_id"
    ),
    "salesforce__task": Traces(
        (("sf_lead", "who_id"), ("sf_contact", "who_id")), "created_at", ("task_id",), 3
    ),
    "salesforce__campaign_member": Traces(
        (("sf_lead", "lead_id"), ("sf_contact", "contact_id")),
        "created_at",
        ("member_id",),
        3,
    ),
    "salesforce__opportunity_contact_role": Traces(
        (("sf_contact", "contact_id"),), "created_at", ("role_id",), 3
    ),
    "privacy__consents": Traces(
        (("email", "subject_email"), ("visitor", "anonymous_id")),
        "occurred_at",
        ("consent_id",),
    ),
    "privacy__erasure_requests": Traces(
        (("email", "subject_email"),), "requested_at", ("request_id",), is_refused=False
    ),
}


@dataclass(frozen=True)
class Request:
    """A request, the one before it for the same address, and who first told it."""

    requested_at: datetime
    exported_at: datetime
    previous_at: datetime | None

    def covers(self, instant: datetime | None) -> bool:
        """Whether something that happened then is of the time that it is about."""
        if instant is None:
            return False
        return instant <= self.requested_at and (
            self.previous_at is None or instant > self.previous_at
        )


@dataclass(frozen=True)
class Name:
    """What stands in place of a key, and from when to when."""

    replacement: str
    valid_from: datetime | None
    # None after the last request.
    valid_to: datetime | None
    exported_at: datetime | None

    def holds_at(self, instant: datetime | None) -> bool:
        if self.valid_from and (instant is None or instant <= self.valid_from):
            return False
        return self.valid_to is None or instant is None or instant <= self.valid_to


def erasure_key() -> str:
    """The company's key: from the environment, else the demo's."""
    (demo,) = re.findall(
        r"^  erasure_key: (.*)$", PROJECT_FILE.read_text(encoding="utf-8"), re.M
    )
    return os.environ.get("ONE_FUNNEL_ERASURE_KEY", demo)


class Erased:
    """The keys of all who asked to be erased, with their names."""

    def __init__(self, raw: RawRows, zone: ZoneInfo, company: Company) -> None:
        self._zone = zone
        self._company = company
        self._key = erasure_key()
        self._steps: dict[str, list[tuple[datetime | None, str]]] = defaultdict(list)
        self._read_sightings(raw)
        requests: dict[str, dict[Request, None]] = defaultdict(dict)
        for start, request in self._requests(raw):
            for key in self._reach(start, request):
                requests[key][request] = None
        self._follow_devices(raw, requests)
        self._domains = self._domains_of_others(raw, set(requests))
        self.names = {key: self._names(key, found) for key, found in requests.items()}

    def keys_of_names(self) -> dict[str, str]:
        """The key that each name stands for; both with their kind before them."""
        return {
            f"{key.partition(':')[0]}:{name.replacement}": key
            for key, names in self.names.items()
            for name in names
        }

    def hash(self, text: str) -> str:
        """What only the company's key can make of a text."""
        return hashlib.sha256((self._key + text).encode()).hexdigest()[:32]

    # Whose keys

    def _read(self, raw: dict[str, str], column: str, read: Reader) -> object:
        try:
            return read(raw[column] or "", self._zone)
        except UnreadableError:
            return None

    def _read_sightings(self, raw: RawRows) -> None:
        for table, (columns, instant_column) in SIGHTINGS.items():
            for row in raw[table]:
                seen_at = self._read(row, instant_column, read_instant)
                keys = [
                    f"{kind}:{value}"
                    for kind, column, read in columns
                    for value in _values(self._read(row, column, read))
                ]
                strong = [key for key in keys if not self._is_desk(key)]
                # The address of a desk is somebody only where it stands alone.
                for key in strong or keys:
                    self._steps[key].append((seen_at, (strong or keys)[0]))
                    self._steps[(strong or keys)[0]].append((seen_at, key))

    def _is_desk(self, key: str) -> bool:
        kind, _, value = key.partition(":")
        return kind == "email" and self._company.is_role_mailbox(value)

    def _requests(self, raw: RawRows) -> list[tuple[str, Request]]:
        told: dict[str, dict[datetime, datetime]] = defaultdict(dict)
        for row in raw["privacy__erasure_requests"]:
            email = self._read(row, "subject_email", read_email)
            requested_at = self._read(row, "requested_at", read_instant)
            exported_at = self._read(row, "_exported_at", read_instant)
            if email and requested_at:
                known = told[f"email:{email}"].get(requested_at, exported_at)
                told[f"email:{email}"][requested_at] = min(known, exported_at)
        found = []
        for key, instants in told.items():
            previous = None
            for requested_at in sorted(instants):
                request = Request(requested_at, instants[requested_at], previous)
                found.append((key, request))
                previous = requested_at
        return found

    def _reach(self, start: str, request: Request) -> set[str]:
        reached, waiting = {start}, [start]
        while waiting:
            for seen_at, key in self._steps[waiting.pop()]:
                if key not in reached and request.covers(seen_at):
                    reached.add(key)
                    waiting.append(key)
        return reached

    def _follow_devices(
        self, raw: RawRows, requests: dict[str, dict[Request, None]]
    ) -> None:
        of_people = dict(requests)
        for table, kind, column in (
            ("web__identifies", "web_user", "user_id"),
            ("hubspot__form_submissions", "hubspot", "contact_id"),
        ):
            for row in raw[table]:
                device = self._read(row, "anonymous_id", read_text)
                record = self._read(row, column, read_text)
                email = self._read(row, "email", read_email)
                key = f"{kind}:{record}" if record else f"email:{email}"
                seen_at = self._read(row, SIGHTINGS[table][1], read_instant)
                for request in of_people.get(key, {}):
                    if device and request.covers(seen_at):
                        requests[f"visitor:{device}"][request] = None

    # Their names

    def _domains_of_others(self, raw: RawRows, erased: set[str]) -> set[str]:
        domains = {
            key.partition("@")[2]
            for key in self._steps
            if key.startswith("email:") and key not in erased
        }
        for row in raw["salesforce__account"]:
            found = re.match(
                r"([a-z][a-z0-9+.-]*://)?(www[.])?([^/:?#]+)",
                (row["Website"] or "").strip().lower(),
            )
            if found:
                domains.add(found[3])
        return domains

    def _domain(self, domain: str) -> str:
        lists = (
            "free_mail_domains",
            "disposable_domains",
            "competitor_domains",
            "own_domains",
        )
        if domain in self._domains or any(
            self._company.is_in(seed, domain) for seed in lists
        ):
            return domain
        return self.hash(f"domain:{domain}") + ".erased"

    def _replacement(self, key: str, suffix: str) -> str:
        kind, _, value = key.partition(":")
        name = "erased-" + self.hash(f"{self.hash(key)}|{suffix}")
        if kind == "email":
            local, _, domain = value.partition("@")
            shown = local if self._is_desk(key) else name
            return f"{shown}@{self._domain(domain)}"
        return value[:3] + name if kind.startswith("sf_") else name

    def _names(self, key: str, found: dict[Request, None]) -> list[Name]:
        exported: dict[datetime, datetime] = {}
        for request in found:
            known = exported.get(request.requested_at, request.exported_at)
            exported[request.requested_at] = min(known, request.exported_at)
        names, previous = [], None
        for number, requested_at in enumerate(sorted(exported), start=1):
            names.append(
                Name(
                    self._replacement(key, str(number)),
                    previous,
                    requested_at,
                    exported[requested_at],
                )
            )
            previous = requested_at
        if not key.startswith("email:"):
            names.append(Name(self._replacement(key, "after"), previous, None, None))
        return names

    def _name(self, kind: str, value: object, instant: datetime | None) -> Name | None:
        for name in self.names.get(f"{kind}:{value}", []):
            if name.holds_at(instant):
                return name
        return None

    # Hiding

    def hide(self, table: str, row: Row, order: Callable[[Row], int]) -> None:
        """Let a row show nothing of who is erased; `erased_at` says since when.

        `order` gives the place of the row among those that its ids keep their order in.
        """
        traces = TRACES.get(table)
        if traces is None:
            return
        instant = row[traces.happened]
        found = {
            (kind, column): self._name(kind, row[column], instant)
            for kind, column in traces.keys
            if row[column]
        }
        subject = self._subject(traces, row, found)
        if subject:
            row["erased_at"] = subject.valid_to
            if traces.is_refused:
                row["refused_after"] = subject.exported_at
            place = f"{order(row):06d}-" if traces.keeps_order_within else ""
            for column in traces.ids:
                hidden = self.hash(f"{column}:{row[column]}")
                prefix = str(row[column])[: traces.prefix_length]
                row[column] = f"{prefix}erased-{place}{hidden}"
        for (_, column), name in found.items():
            if name:
                row[column] = name.replacement
        if "additional_emails" in row:
            row["additional_emails"] = tuple(
                name.replacement if name else email
                for email in row["additional_emails"]
                for name in [self._name("email", email, instant)]
            )

    def _subject(
        self, traces: Traces, row: Row, found: dict[tuple[str, str], Name | None]
    ) -> Name | None:
        """The name of the person whose row it is, if that person is erased."""
        first = next((column for _, column in traces.keys if row[column]), None)
        for (_, column), name in found.items():
            if column == first and name and name.valid_to:
                return name
        return None


def _values(value: object) -> list[object]:
    if value is None:
        return []
    return list(value) if isinstance(value, tuple) else [value]
