"""What HubSpot, Salesforce and finance keep of a part's people, and its dirt."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from one_funnel.world.columns import (
    DAY,
    NEVER,
    Flags,
    Integers,
    cents,
    dates,
    either,
    flags,
    instants,
    joined,
    keys,
    local_instants,
    only_where,
    same,
    seconds_of,
    whole_numbers,
    words,
)
from one_funnel.world.company import (
    COMPANY_KINDS,
    COMPANY_WORDS,
    COUNTRIES,
    FIRST_NAMES,
    INDUSTRIES,
    LAST_NAMES,
    ROLE_MAILBOXES,
)
from one_funnel.world.lives import (
    CURRENCIES,
    LOSSES,
    MARKETEERS,
    REASONS,
    REPS,
    Offer,
    salesforce_id,
)
from one_funnel.world.part_files import Columns, PartFiles, batches_of
from one_funnel.world.population import (
    COUNTRY_CODES,
    ENTRANCES,
    FREE_MAIL,
    GUIDE,
    GUIDE_HOURS,
    HOUR,
    IMPORT,
    MINUTE,
    ORIGINS,
    TITLE_WORDS,
    Part,
    office,
)
from one_funnel.world.scenario import Scenario

HUBSPOT_SOURCES = {
    "organic_search": "ORGANIC_SEARCH",
    "paid_search": "PAID_SEARCH",
    "paid_social": "PAID_SOCIAL",
    "organic_social": "SOCIAL_MEDIA",
    "direct": "DIRECT_TRAFFIC",
    "email": "EMAIL_MARKETING",
    "referral": "REFERRALS",
    "partner": "REFERRALS",
    "unknown": "OFFLINE",
}
MARKETING_QUEUE = salesforce_id("00G", "MARKETING")
SYSTEM = salesforce_id("005", MARKETEERS[1].upper())
REP_IDS = [salesforce_id("005", rep.upper()) for rep in REPS]
# Contacts of HubSpot count from these numbers on, so that no two kinds meet.
CONTACTS, MERGED, STRANGERS, COLLEAGUES = 10**8, 9 * 10**8, 10**9, 4 * 10**9
REASON_WORDS = [str(reason) for reason, _ in REASONS]
REASON_SHARES = np.array([float(str(share)) for _, share in REASONS])
NOT_NOW = REASON_WORDS.index("Not now")
CALLBACK_MONTHS = np.array([1, 2, 2, 3, 4, 4, 6])
CALLBACK_DAYS = 30.44
COUNTRY_SPELLINGS = [word for spellings, _ in COUNTRIES for word in spellings]
SPELLING_COUNTS = np.array([len(spellings) for spellings, _ in COUNTRIES])
FIRST_SPELLING = np.cumsum(SPELLING_COUNTS) - SPELLING_COUNTS
MOST_MAILS = 9
MAIL_TYPES = ("SENT", "DELIVERED", "OPEN", "CLICK", "UNSUBSCRIBED", "BOUNCE")
SENT, DELIVERED, OPEN, CLICK, UNSUBSCRIBED, BOUNCE = range(len(MAIL_TYPES))
CONSENTS = (
    ("email_marketing", "granted", 0.1),
    ("email_marketing", "withdrawn", 0.03),
)


class Systems:
    """The systems of the company, told of one part's people."""

    def __init__(
        self,
        scenario: Scenario,
        people: Part,
        chance: np.random.Generator,
        files: PartFiles,
        offers: list[Offer],
    ) -> None:
        self.scenario, self.dirt = scenario, scenario.dirt
        self.people, self.chance, self.files = people, chance, files
        self.offers = offers
        self.ends = seconds_of(scenario.ends)
        self.dumps = np.array([seconds_of(dump) for dump in scenario.dumps])
        # Records, addresses and visitors, each with whose they are.
        self.truth: list[tuple[str, Any, Any, bool]] = []
        number = people.number
        self.person = keys("", number, 8)
        self.contact_id = whole_numbers(CONTACTS + number)
        self.lead_id = keys("00Q", number, 12)
        self.crm_contact_id = keys("003", number, 12)
        self.opportunity_id = keys("006", number, 12)
        self.account_id = keys("001", people.company, 12)
        self.company_name = joined(
            words(COMPANY_WORDS, people.company % len(COMPANY_WORDS)),
            words(
                COMPANY_KINDS,
                people.company // len(COMPANY_WORDS) % len(COMPANY_KINDS),
            ),
            " ",
            whole_numbers(people.company),
        )
        self.domain = pc.utf8_lower(
            joined(pc.replace_substring(self.company_name, " ", ""), ".example")
        )
        self.email = pc.utf8_lower(
            joined(
                words(FIRST_NAMES, people.first_name),
                ".",
                words(LAST_NAMES, people.last_name),
                ".",
                whole_numbers(number),
                "@",
                either(
                    people.free_mail >= 0,
                    words(FREE_MAIL, people.free_mail),
                    self.domain,
                ),
            )
        )
        self.asks = people.mql_at < NEVER
        self.rep = words(REP_IDS, people.rep)

    def happens(self, share: float) -> Flags:
        """For each person, whether something of that share happens."""
        return self.chance.random(len(self.people)) < share

    def filled_in(self, texts: Any) -> Any:
        """A column as people fill it in: with gaps."""
        return only_where(~self.happens(self.dirt.missing_values), texts)

    def event(
        self, table: str, at: Integers, columns: Columns, late: bool = True
    ) -> None:
        """Events that are exported with the batch after them, if one follows."""
        seen = at < self.ends
        mask = pa.array(seen)
        share = self.dirt.late_rows if late else 0.0
        self.files.add(
            table,
            {name: values.filter(mask) for name, values in columns.items()},
            batches_of(at[seen], self.ends, self.files.chances[table], share),
        )

    def some(self, chosen: Flags, *texts: Any) -> list[Any]:
        """The texts of the people who are chosen."""
        mask = pa.array(chosen)
        return [text.filter(mask) for text in texts]

    def own(self, kind: str, ids: Any, persons: Any, is_joinable: bool = True) -> None:
        """Remember whose records are."""
        self.truth.append((kind, ids, persons, is_joinable))

    # Marketing

    def contacts(self) -> None:
        """HubSpot's contacts, with everything that goes wrong with them."""
        people, chance = self.people, self.chance
        created = people.known_at
        spelling = FIRST_SPELLING[people.country] + (
            chance.random(len(people)) * SPELLING_COUNTS[people.country]
        ).astype(np.int64)
        untidy = np.where(
            self.happens(self.dirt.untidy_addresses),
            chance.integers(0, 4, len(people)),
            -1,
        )
        email = self.email
        for kind, text in enumerate(
            (
                pc.utf8_title(email),
                joined(" ", email),
                joined(email, "\u00a0"),
                pc.utf8_upper(email),
            )
        ):
            email = either(untidy == kind, text, email)
        has_second = self.happens(self.dirt.second_addresses)
        columns: Columns = {
            "hs_object_id": self.contact_id,
            "email": email,
            "hs_additional_emails": only_where(
                has_second, joined("tweede.", self.contact_id, "@freemail.example")
            ),
            "firstname": words(FIRST_NAMES, people.first_name),
            "lastname": words(LAST_NAMES, people.last_name),
            "jobtitle": self.filled_in(words(TITLE_WORDS, people.title)),
            "company": self.company_name,
            "country": self.filled_in(words(COUNTRY_SPELLINGS, spelling)),
            "numemployees": self.filled_in(whole_numbers(people.employees)),
            "industry": self.filled_in(words(INDUSTRIES, people.industry)),
            "lifecyclestage": same("lead", len(people)),
            "hs_analytics_source": words(
                [HUBSPOT_SOURCES[origin] for origin in ORIGINS], people.origin
            ),
            "createdate": instants(created),
            "lastmodifieddate": instants(created),
            "hs_email_optout": same("false", len(people)),
        }
        self.files.dump("hubspot__contacts", self.dumps, created, columns)
        self.own("hubspot_contact", self.contact_id, self.person)
        self.own("email", self.email, self.person)
        self.own("visitor", keys("v", people.number, 8), self.person)
        (second, persons) = self.some(
            people.has_second_device, keys("w", people.number, 8), self.person
        )
        self.own("visitor", second, persons, False)
        self.twin_contacts(columns, created)
        self.share_devices(created)
        changed = self.happens(self.dirt.conflicting_rows)
        if changed.any():
            self.files.dump(
                "hubspot__contacts",
                self.dumps,
                np.where(changed, created, NEVER),
                columns | {"lastmodifieddate": instants(created - HOUR)},
            )

    def twin_contacts(self, columns: Columns, created: Integers) -> None:
        """Contacts beside the first: merged, strangers to it, and colleagues'."""
        number = self.people.number
        merged_at = created + 30 * DAY
        merges = self.happens(self.dirt.merged_contacts) & (merged_at < self.ends)
        loser = whole_numbers(MERGED + number)
        twin = columns | {"hs_additional_emails": pa.nulls(len(number), pa.string())}
        self.files.dump(
            "hubspot__contacts",
            self.dumps,
            np.where(merges, created, NEVER),
            twin
            | {
                "hs_object_id": loser,
                "email": joined("prive.", self.contact_id, "@freemail.example"),
            },
            gone_at=merged_at,
        )
        self.event(
            "hubspot__contact_merge_audit",
            np.where(merges, merged_at, NEVER),
            {
                "canonical_vid": self.contact_id,
                "vid_to_merge": loser,
                "timestamp": instants(merged_at),
                "user_id": same("1", len(number)),
            },
            late=False,
        )
        self.own("hubspot_contact", *self.some(merges, loser, self.person))
        lost = self.happens(self.dirt.unjoinable_records)
        other = whole_numbers(STRANGERS + number)
        self.files.dump(
            "hubspot__contacts",
            self.dumps[-1:],
            np.where(lost, created, NEVER),
            twin
            | {
                "hs_object_id": other,
                "email": joined("los.", self.contact_id, "@freemail.example"),
            },
        )
        ids, persons = self.some(lost, other, self.person)
        self.own("hubspot_contact", ids, persons, is_joinable=False)
        shares = self.happens(self.dirt.role_mailboxes)
        mailbox = joined(
            words(ROLE_MAILBOXES, number % len(ROLE_MAILBOXES)), "@", self.domain
        )
        for which in (1, 2):
            colleague = whole_numbers(COLLEAGUES + 10 * number + which)
            self.files.dump(
                "hubspot__contacts",
                self.dumps[-1:],
                np.where(shares, created, NEVER),
                twin
                | {
                    "hs_object_id": colleague,
                    "email": mailbox,
                    "firstname": same(f"Collega {which}", len(number)),
                },
            )
            self.own("hubspot_contact", *self.some(shares, colleague, colleague))

    def share_devices(self, created: Integers) -> None:
        """Devices on which the next person says who they are, too."""
        shared = self.happens(self.dirt.shared_devices)
        shared[-1:] = False
        following = np.minimum(np.arange(len(created)) + 1, len(created) - 1)
        at = np.maximum(created, created[following]) + 30 * HOUR
        self.event(
            "web__identifies",
            np.where(shared, at, NEVER),
            {
                "id": keys("j", self.people.number, 8),
                "anonymous_id": keys("v", self.people.number, 8),
                "email": pc.take(self.email, pa.array(following)),
                "timestamp": instants(at),
                "received_at": instants(at),
            },
            late=False,
        )

    def forms(self) -> None:
        """Forms: the way in, a guide before the decision, and the request for sales."""
        people = self.people
        plans = (
            (people.entrance != IMPORT, people.known_at, people.entrance),
            (
                people.looks_at_prices,
                people.decides_at - GUIDE_HOURS * HOUR,
                np.full(len(people), GUIDE),
            ),
            (
                self.asks
                & ~people.looks_at_prices
                & (people.decides_at > people.known_at),
                people.decides_at,
                people.asks_with,
            ),
        )
        on_site = people.visit_count > 0
        for slot, (who, at, kind) in enumerate(plans):
            submitted = instants(at)
            naive = self.happens(self.dirt.naive_times)
            if naive.any():
                submitted = either(naive, local_instants(at), submitted)
            at = np.where(who, at, NEVER)
            device = only_where(on_site, keys("v", people.number, 8))
            self.event(
                "hubspot__form_submissions",
                at,
                {
                    "conversion_id": keys("f", people.number * 10 + slot, 9),
                    "form_id": words([f"form-{word}" for word in ENTRANCES], kind),
                    "contact_id": self.contact_id,
                    "email": self.email,
                    "anonymous_id": device,
                    "submitted_at": submitted,
                    "page_url": same("/form", len(people)),
                    "values": same("{}", len(people)),
                },
            )
            self.event(
                "web__identifies",
                np.where(on_site, at, NEVER),
                {
                    "id": keys("i", people.number * 10 + slot, 9),
                    "anonymous_id": keys("v", people.number, 8),
                    "email": self.email,
                    "timestamp": instants(at),
                    "received_at": instants(at),
                },
            )

    def mails(self) -> None:
        """Mails and what is done with them. Who will ask for sales clicks on none."""
        people, chance = self.people, self.chance
        mails = np.minimum(chance.poisson(2.0, len(people)), MOST_MAILS)
        person = np.repeat(np.arange(len(people)), mails)
        place = np.arange(len(person)) - (np.cumsum(mails) - mails)[person]
        sent = (
            people.known_at[person]
            + HOUR
            + (chance.exponential(60, len(person)) * DAY).astype(np.int64)
        )
        free = ~self.asks[person]
        toss = chance.random(len(person))
        opens = chance.random(len(person)) < 0.3
        plans = (
            (SENT, np.ones(len(person), dtype=bool), 0),
            (DELIVERED, np.ones(len(person), dtype=bool), 5),
            (OPEN, opens, 2 * HOUR),
            # Two clicks and a guide stay below the agreement's gate.
            (CLICK, opens & free & (place < 2) & (toss < 0.25), 2 * HOUR + MINUTE),
            (UNSUBSCRIBED, free & (place == 0) & (toss > 0.98), 3 * HOUR),
            (BOUNCE, free & (place == 0) & (toss > 0.97) & (toss <= 0.98), 9),
        )
        for kind, happens, delay in plans:
            who, at = person[happens], (sent + delay)[happens]
            created = instants(at)
            naive = chance.random(len(at)) < self.dirt.naive_times
            if naive.any():
                created = either(naive, local_instants(at), created)
            unmapped = chance.random(len(at)) < self.dirt.unmapped_words
            self.event(
                "hubspot__email_events",
                at,
                {
                    "id": keys(
                        "e", people.number[who] * 100 + place[happens] * 10 + kind, 10
                    ),
                    "type": same(MAIL_TYPES[kind], len(at)),
                    "recipient": pc.take(self.email, pa.array(who)),
                    "created": created,
                    "emailCampaignId": same("900", len(at)),
                    "url": only_where(unmapped, same("onbekend", len(at))),
                    "filteredEvent": flags(
                        (kind == CLICK) & (chance.random(len(at)) < 0.15)
                    ),
                    "bounce_category": same("hard" if kind == BOUNCE else "", len(at)),
                },
            )

    def reactions(self) -> None:
        """Reactions on social media and consents, of who will not ask for sales."""
        people, chance = self.people, self.chance
        count = len(people)
        at = (
            people.known_at
            + HOUR
            + (chance.exponential(60, count) * DAY).astype(np.int64)
        )
        is_brand = self.happens(0.7)
        self.event(
            "social__interactions",
            np.where(self.happens(0.1) & ~self.asks, at, NEVER),
            {
                "interaction_id": keys("s", people.number, 8),
                "platform": same("linkedin", count),
                "account_identity": words(
                    ["employee", "brand"], is_brand.astype(np.int64)
                ),
                "employee_id": only_where(~is_brand, same(REP_IDS[0], count)),
                "interaction_kind": words(
                    ["post_engagement", "comment"], chance.integers(0, 2, count)
                ),
                "email": self.email,
                "occurred_at": instants(at),
            },
        )
        for slot, (purpose, state, share) in enumerate(CONSENTS):
            at = people.known_at + (chance.uniform(0.1, 120, count) * DAY).astype(
                np.int64
            )
            self.event(
                "privacy__consents",
                np.where(self.happens(share) & ~self.asks, at, NEVER),
                {
                    "consent_id": keys("k", people.number * 10 + slot, 9),
                    "subject_email": self.email,
                    "purpose": same(purpose, count),
                    "state": same(state, count),
                    "occurred_at": instants(at),
                    "evidence_ref": same("preference centre", count),
                },
                late=False,
            )

    def webinars(self) -> None:
        """Campaign members: who registered, and of them who came."""
        people = self.people
        webinars = [
            place for place, offer in enumerate(self.offers) if offer.kind == "webinar"
        ]
        begins = np.array([seconds_of(self.offers[place].at) for place in webinars])
        at = people.registers_at
        newest = np.searchsorted(begins, at, side="right") - 1
        campaign = np.array(webinars)[np.maximum(newest, 0)]
        told = np.where(at < NEVER, at, 0)
        self.files.dump(
            "salesforce__campaign_member",
            self.dumps,
            at,
            {
                "Id": keys("00v", people.number, 12),
                "CampaignId": words(
                    [offer.campaign_id for offer in self.offers], campaign
                ),
                "LeadId": self.lead_id,
                "Status": words(
                    ["Registered", "Attended"], people.attends.astype(np.int64)
                ),
                "HasResponded": flags(people.attends),
                "FirstRespondedDate": dates(told, people.attends),
                "CreatedDate": instants(told),
                "LastModifiedDate": instants(told),
            },
        )

    # Sales

    def leads(self) -> None:
        """Salesforce's leads and their history, its conversions and its dirt."""
        people, chance = self.people, self.chance
        count = len(people)
        self.lead_at = people.known_at + chance.integers(60, 301, count)
        self.is_linked = ~self.happens(self.dirt.unlinked_deals)
        # Some qualifications are written down only after the deal they led to.
        confused = self.happens(self.dirt.wrong_order_dates) & (
            people.opportunity_at < NEVER
        )
        afterwards = np.where(
            confused,
            people.opportunity_at
            + (chance.uniform(1, 10, count) * DAY).astype(np.int64),
            NEVER,
        )
        self.qualified_at = np.where(
            afterwards < self.ends, afterwards, people.qualified_at
        )
        self.reason = chance.choice(
            len(REASON_WORDS), count, p=REASON_SHARES / REASON_SHARES.sum()
        )
        self.months = CALLBACK_MONTHS[chance.integers(0, len(CALLBACK_MONTHS), count)]
        self.asked_back = self.happens(0.9)
        is_long = self.happens(self.dirt.long_ids)
        is_atlantis = self.happens(self.dirt.unmapped_words)
        columns: Columns = {
            "Id": joined(self.lead_id, words(["", "AAA"], is_long.astype(np.int64))),
            "IsDeleted": same("false", count),
            "FirstName": words(FIRST_NAMES, people.first_name),
            "LastName": words(LAST_NAMES, people.last_name),
            "Email": self.email,
            "Title": self.filled_in(words(TITLE_WORDS, people.title)),
            "Company": self.company_name,
            "Website": joined("www.", self.domain),
            "Country": either(
                is_atlantis,
                same("Atlantis", count),
                words(COUNTRY_CODES, people.country),
            ),
            "Industry": self.filled_in(words(INDUSTRIES, people.industry)),
            "NumberOfEmployees": self.filled_in(whole_numbers(people.employees)),
            "CreatedDate": instants(self.lead_at),
            "CreatedById": same(salesforce_id("005", MARKETEERS[0].upper()), count),
        }
        self.files.dump(
            "salesforce__lead", self.dumps, self.lead_at, columns, self.lead_state
        )
        self.own("salesforce_lead", self.lead_id, self.person)
        changed = self.happens(self.dirt.conflicting_rows)
        if changed.any():
            self.files.dump(
                "salesforce__lead",
                self.dumps,
                np.where(changed, self.lead_at, NEVER),
                columns,
                lambda dump: self.lead_state(dump, modified_earlier=HOUR),
            )
        merges = self.happens(self.dirt.merged_leads)
        loser = keys("00Q9", people.number, 11)
        self.files.dump(
            "salesforce__lead",
            self.dumps[-1:],
            np.where(merges, self.lead_at, NEVER),
            columns
            | {
                "Id": loser,
                "Email": joined(
                    "dubbel.", whole_numbers(people.number), "@freemail.example"
                ),
                "Status": same("New", count),
                "OwnerId": same(MARKETING_QUEUE, count),
                "IsDeleted": same("true", count),
                "MasterRecordId": self.lead_id,
                "IsConverted": same("false", count),
                "LastModifiedDate": instants(self.lead_at),
            },
        )
        self.own("salesforce_lead", *self.some(merges, loser, self.person))
        self.lead_history()

    def lead_state(self, dump: int, modified_earlier: int = 0) -> Columns:
        """What a lead says at a dump, of all that changes."""
        people = self.people
        status = np.zeros(len(people), dtype=np.int64)
        modified = self.lead_at.copy()
        steps = (
            (1, np.where(people.skips_acceptance, NEVER, people.accepted_at)),
            (2, self.qualified_at),
            (3, np.where(people.accepted_at < NEVER, NEVER, people.turned_down_at)),
            (4, np.where(people.accepted_at < NEVER, people.turned_down_at, NEVER)),
            (5, people.returned_at),
        )
        for code, at in steps:
            status = np.where(at <= dump, code, status)
            modified = np.where(at <= dump, np.maximum(modified, at), modified)
        for at in (people.assigned_at, people.opportunity_at):
            modified = np.where(at <= dump, np.maximum(modified, at), modified)
        is_with_rep = (people.assigned_at <= dump) & (people.returned_at > dump)
        is_converted = (people.opportunity_at <= dump) & self.is_linked
        is_turned_down = people.turned_down_at <= dump
        calls_back = is_turned_down & (self.reason == NOT_NOW)
        return {
            "Status": words(
                ["New", "Accepted", "Qualified", "Rejected", "Nurture", "Open"], status
            ),
            "OwnerId": either(
                is_with_rep, self.rep, same(MARKETING_QUEUE, len(people))
            ),
            "IsConverted": flags(is_converted),
            "ConvertedDate": dates(people.opportunity_at, is_converted),
            "ConvertedAccountId": only_where(is_converted, self.account_id),
            "ConvertedContactId": only_where(is_converted, self.crm_contact_id),
            "ConvertedOpportunityId": only_where(is_converted, self.opportunity_id),
            "LastModifiedDate": instants(modified - modified_earlier),
            "Rejection_Reason__c": only_where(
                is_turned_down, words(REASON_WORDS, self.reason)
            ),
            "Callback_Requested_On__c": instants(people.turned_down_at, calls_back),
            "Callback_Months__c": only_where(calls_back, whole_numbers(self.months)),
            "Callback_Requested_By_Person__c": only_where(
                calls_back, flags(self.asked_back)
            ),
        }

    def lead_history(self) -> None:
        """Each change of a lead; that of an owner is written twice, with names too."""
        people = self.people
        count = len(people)
        accepts = np.where(people.skips_acceptance, NEVER, people.accepted_at)
        was_accepted = people.accepted_at < NEVER
        turned_down = words(["Rejected", "Nurture"], was_accepted.astype(np.int64))
        reason = words(REASON_WORDS, self.reason)
        new, accepted = same("New", count), same("Accepted", count)
        queue = same(MARKETING_QUEUE, count)
        somebody, other = same("somebody", count), same("somebody else", count)
        nothing = pa.nulls(count, pa.string())
        system = same(SYSTEM, count)
        before_qualified = either(people.skips_acceptance, new, accepted)
        before_no = either(was_accepted, accepted, new)
        before_return = either(people.turned_down_at < NEVER, turned_down, new)
        changes = (
            ("Owner", people.assigned_at, queue, self.rep, system),
            ("Owner", people.assigned_at, somebody, other, system),
            ("Status", accepts, new, accepted, self.rep),
            (
                *("Status", self.qualified_at, before_qualified),
                *(same("Qualified", count), self.rep),
            ),
            ("Rejection_Reason__c", people.turned_down_at, nothing, reason, self.rep),
            ("Status", people.turned_down_at, before_no, turned_down, self.rep),
            ("Owner", people.returned_at, self.rep, queue, system),
            ("Owner", people.returned_at, somebody, other, system),
            ("Status", people.returned_at, before_return, same("Open", count), system),
        )
        for slot, (field, at, old, to, by) in enumerate(changes):
            self.event(
                "salesforce__lead_history",
                at,
                {
                    "Id": keys("017", people.number * 10 + slot, 12),
                    "LeadId": self.lead_id,
                    "Field": same(field, count),
                    "OldValue": old,
                    "NewValue": to,
                    "CreatedDate": instants(at),
                    "CreatedById": by,
                },
            )

    def tasks(self) -> None:
        """Calls and meetings of the reps."""
        people, chance = self.people, self.chance
        count = len(people)
        reached = self.happens(0.55)
        calls = np.where(reached, 0, chance.integers(0, 5, count))
        at = people.attempt_at
        plans = [(at, reached, "Call")]
        until = np.minimum(people.opportunity_at, people.attempt_at) + 4 * DAY
        for again in range(1, 5):
            later = office(at + chance.integers(4, 21, count) * HOUR)
            at = np.where(
                (people.attempt_at < NEVER) & (again <= calls),
                np.maximum(later, at + MINUTE),
                NEVER,
            )
            at = np.where(at < until, at, NEVER)
            plans.append((at, self.happens(0.3), "Call"))
        meets = np.where(
            people.accepted_at < NEVER, people.decided_at + HOUR // 2, NEVER
        )
        plans.append((meets, np.ones(count, dtype=bool), "Meeting"))
        due = people.turned_down_at + (self.months * CALLBACK_DAYS * DAY).astype(
            np.int64
        )
        calls_back = (
            (people.turned_down_at < NEVER)
            & (self.reason == NOT_NOW)
            & self.happens(0.7)
        )
        plans.append(
            (
                np.where(calls_back, office(np.where(calls_back, due, 0)), NEVER),
                np.ones(count, dtype=bool),
                "Call",
            )
        )
        for slot, (at, is_reached, kind) in enumerate(plans):
            told = instants(at)
            pigeon = self.happens(self.dirt.unmapped_words)
            self.files.dump(
                "salesforce__task",
                self.dumps,
                at,
                {
                    "Id": keys("00T", people.number * 10 + slot, 12),
                    "WhoId": self.lead_id,
                    "Subject": same(kind, count),
                    "Type": either(
                        pigeon, same("Carrier Pigeon", count), same(kind, count)
                    ),
                    "TaskSubtype": same("Outbound", count),
                    "Status": same("Completed", count),
                    "CallDisposition": words(
                        ["No answer", "Connected"] if kind == "Call" else ["", ""],
                        is_reached.astype(np.int64),
                    ),
                    "OwnerId": self.rep,
                    "CreatedDate": told,
                    "CompletedDateTime": told,
                    "Is_Automated__c": same("false", count),
                },
            )

    def deals(self) -> None:
        """Accounts, contacts, opportunities and their history, contracts, refunds."""
        people, chance = self.people, self.chance
        count = len(people)
        opened, closed = people.opportunity_at, people.closed_at
        told = instants(opened)
        linked_at = np.where(self.is_linked, opened, NEVER)
        # The account comes with the first deal of the company.
        first = np.full(int(people.company.max() - people.company.min()) + 1, NEVER)
        place = people.company - people.company.min()
        np.minimum.at(first, place, linked_at)
        is_first = (linked_at < NEVER) & (linked_at == first[place])
        _, firsts = np.unique(np.where(is_first, place, -1), return_index=True)
        once = np.zeros(count, dtype=bool)
        once[firsts] = True
        self.files.dump(
            "salesforce__account",
            self.dumps,
            np.where(is_first & once, linked_at, NEVER),
            {
                "Id": self.account_id,
                "IsDeleted": same("false", count),
                "Name": self.company_name,
                "Website": joined("https://www.", self.domain),
                "Industry": words(INDUSTRIES, people.industry),
                "NumberOfEmployees": whole_numbers(people.employees),
                "BillingCountry": words(COUNTRY_CODES, people.country),
                "OwnerId": self.rep,
                "CreatedDate": told,
                "LastModifiedDate": told,
            },
        )
        self.files.dump(
            "salesforce__contact",
            self.dumps,
            linked_at,
            {
                "Id": self.crm_contact_id,
                "IsDeleted": same("false", count),
                "AccountId": self.account_id,
                "FirstName": words(FIRST_NAMES, people.first_name),
                "LastName": words(LAST_NAMES, people.last_name),
                "Email": self.email,
                "Title": words(TITLE_WORDS, people.title),
                "OwnerId": self.rep,
                "CreatedDate": told,
                "LastModifiedDate": told,
            },
        )
        self.own(
            "salesforce_contact",
            *self.some(linked_at < NEVER, self.crm_contact_id, self.person),
        )
        for is_linked in (True, False):
            ids, persons = self.some(
                (opened < NEVER) & (self.is_linked == is_linked),
                self.opportunity_id,
                self.person,
            )
            self.own("salesforce_opportunity", ids, persons, is_linked)
        self.files.dump(
            "salesforce__opportunity_contact_role",
            self.dumps,
            linked_at,
            {
                "Id": keys("00K", people.number, 12),
                "OpportunityId": self.opportunity_id,
                "ContactId": self.crm_contact_id,
                "Role": same("Decision Maker", count),
                "IsPrimary": same("true", count),
                "CreatedDate": told,
            },
        )
        amount = cents(people.amount)
        currency = words(CURRENCIES, chance.integers(0, len(CURRENCIES), count))
        middle = np.where(opened < NEVER, opened + (closed - opened) // 2, NEVER)
        loss = words(LOSSES, chance.integers(0, len(LOSSES), count))
        end = words(["Closed Lost", "Closed Won"], people.is_won.astype(np.int64))
        discovery, proposal = same("Discovery", count), same("Proposal", count)

        def state(dump: int) -> Columns:
            is_closed = closed <= dump
            stage = either(is_closed, end, either(middle <= dump, proposal, discovery))
            modified = np.where(
                is_closed, closed, np.where(middle <= dump, middle, opened)
            )
            return {
                "StageName": stage,
                "IsClosed": flags(is_closed),
                "IsWon": flags(is_closed & people.is_won),
                "LastModifiedDate": instants(modified),
                "Loss_Reason__c": only_where(is_closed & ~people.is_won, loss),
            }

        self.files.dump(
            "salesforce__opportunity",
            self.dumps,
            opened,
            {
                "Id": self.opportunity_id,
                "IsDeleted": same("false", count),
                "AccountId": only_where(self.is_linked, self.account_id),
                "Name": joined(self.company_name, " ", whole_numbers(people.number)),
                "Amount": amount,
                "CurrencyIsoCode": currency,
                "Probability": same("20", count),
                "CloseDate": dates(np.where(opened < NEVER, opened + 90 * DAY, 0)),
                "Type": same("New Business", count),
                "OwnerId": self.rep,
                "CreatedDate": told,
            },
            state,
        )
        for slot, (at, stage) in enumerate(
            ((opened, discovery), (middle, proposal), (closed, end))
        ):
            self.event(
                "salesforce__opportunity_history",
                at,
                {
                    "Id": keys("008", people.number * 10 + slot, 12),
                    "OpportunityId": self.opportunity_id,
                    "StageName": stage,
                    "Amount": amount,
                    "CreatedDate": instants(at),
                    "CreatedById": self.rep,
                },
            )
        signed = np.where(people.is_won, closed, NEVER)
        contract_id = keys("c", people.number, 8)
        self.files.dump(
            "finance__contracts",
            self.dumps,
            signed,
            {
                "contract_id": contract_id,
                "opportunity_id": self.opportunity_id,
                "signed_on": dates(np.where(people.is_won, closed, 0)),
                "amount": amount,
                "currency": currency,
            },
        )
        refunded = np.where(
            people.is_won & self.happens(0.08),
            closed + (chance.uniform(20, 120, count) * DAY).astype(np.int64),
            NEVER,
        )
        # Finance puts a day's notes down when it is over, so its rates are there too.
        self.files.dump(
            "finance__credit_notes",
            self.dumps,
            np.where(refunded < NEVER, (refunded // DAY + 1) * DAY, NEVER),
            {
                "credit_note_id": keys("n", people.number, 8),
                "contract_id": contract_id,
                "refunded_on": dates(np.where(refunded < NEVER, refunded, 0)),
                "amount": cents(people.amount / 5),
                "currency": currency,
            },
        )
