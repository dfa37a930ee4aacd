"""Which organisation somebody is of: an account of the CRM, else a business domain.

Being a contact of an account tells more than having been converted into one, and that
more than an address at its domain. A domain that no account has is an organisation all
the same.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .company import Company
from .people import People, Person, hash_key
from .reading import Exports, Row

SCHEME_AND_HOST = re.compile("([a-z][a-z0-9+.-]*://)?(www[.])?([^/:?#]+)")
CONTACT, CONVERTED, DOMAIN = 1, 2, 3


def master_account(exports: Exports, account_id: str | None) -> str | None:
    """The account that is left of all merges, or itself.

    Of accounts whose merges end in a ring, in which each has a master, the smallest.
    """
    accounts = exports.newest["salesforce__account"]
    merges, is_ring = _merges_of(accounts, account_id)
    if not is_ring:
        return merges[-1]
    return min(
        other for other in accounts if merges[-1] in _merges_of(accounts, other)[0]
    )


def _merges_of(
    accounts: dict[str, Row], account_id: str | None
) -> tuple[list[str | None], bool]:
    """An account and those it was merged into, and whether they come round again."""
    merges = [account_id]
    while merges[-1] in accounts:
        master = accounts[merges[-1]]["master_account_id"]
        if not master:
            break
        if master in merges:
            return merges, True
        merges.append(master)
    return merges, False


@dataclass(frozen=True, order=True)
class Candidate:
    """An account that somebody may be of; the least is believed."""

    source: int
    is_outdated: bool
    account_id: str


class PersonAccounts:
    """The account of each person."""

    def __init__(self, exports: Exports, people: People, company: Company) -> None:
        self._exports = exports
        self._people = people
        self._company = company
        self._accounts = exports.newest["salesforce__account"]
        present = {
            row["account_id"]
            for row in exports.present["salesforce__account"]
            if not row["is_deleted_in_crm"]
        }
        self._by_domain: dict[str, list[str]] = {}
        for account_id in sorted(present):
            domain = _domain_of_website(self._accounts[account_id]["website"])
            if domain:
                self._by_domain.setdefault(domain, []).append(account_id)
        self._candidates: dict[str, list[Candidate]] = {}
        self._read_records()

    def of(self, person: Person) -> str | None:
        """The account of a person, if anything tells one."""
        candidates = [
            *self._candidates.get(person.person_id, []),
            *self._by_addresses(person),
        ]
        return min(candidates).account_id if candidates else None

    def _read_records(self) -> None:
        for table, kind, named, source in (
            ("salesforce__contact", "sf_contact", "account_id", CONTACT),
            ("salesforce__lead", "sf_lead", "converted_account_id", CONVERTED),
        ):
            for row, is_outdated in newest_rows(self._exports, table):
                master = master_account(self._exports, row[named])
                # Nothing can be shown of an account that no export has.
                if row[named] not in self._accounts or master not in self._accounts:
                    continue
                record_id = row[f"{kind.removeprefix('sf_')}_id"]
                person = self._people.of(kind, record_id)
                self._candidates.setdefault(person.person_id, []).append(
                    Candidate(source, is_outdated, master)
                )

    def _by_addresses(self, person: Person) -> Iterator[Candidate]:
        addresses = {
            key.removeprefix("email:")
            for key in person.keys
            if key.startswith("email:")
        }
        addresses |= {address for address in [self._address(person)] if address}
        for address in addresses:
            domain = address.partition("@")[2]
            if self._company.is_in("free_mail_domains", domain):
                continue
            if self._company.is_in("disposable_domains", domain):
                continue
            organisation = hash_key(f"domain:{domain}")
            for account_id in self._by_domain.get(domain, [organisation]):
                yield Candidate(DOMAIN, account_id == organisation, account_id)

    def _address(self, person: Person) -> str | None:
        """The address that a record of the person shows; that of a desk is one too."""
        for table, kind, key in (
            ("hubspot__contacts", "hubspot", "contact_id"),
            ("salesforce__contact", "sf_contact", "contact_id"),
            ("salesforce__lead", "sf_lead", "lead_id"),
        ):
            shown = [
                (is_outdated, -(row["modified_at"].timestamp()), row["email"])
                for row, is_outdated in newest_rows(self._exports, table)
                if row["email"] and f"{kind}:{row[key]}" in person.keys
            ]
            if shown:
                return min(shown)[-1]
        return None


def newest_rows(exports: Exports, table: str) -> Iterator[tuple[Row, bool]]:
    """The newest row of each record, and whether the record is gone."""
    present = {id(row) for row in exports.present[table]}
    for row in exports.newest[table].values():
        yield row, id(row) not in present or bool(row.get("is_deleted_in_crm"))


def _domain_of_website(website: str | None) -> str | None:
    found = SCHEME_AND_HOST.match((website or "").strip().lower())
    return found[3] if found else None
