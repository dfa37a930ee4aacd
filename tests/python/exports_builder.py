"""Folders of raw exports, written from a few calls: the worlds of the tests.

A test says only what matters to it; ids, users, queues, loader columns and the words
of the company (read from seeds/mappings) are filled in. Every table is written, with
its header at least.

    world = Exports(exported_at="2026-12-01 06:00")
    world.contact("ann", "ann@firm.nl", at="2026-11-02 10:00", employees=120)
    world.form("demo_request", "ann@firm.nl", at="2026-11-02 10:00")
    world.lead("ann", "ann@firm.nl", at="2026-11-02 10:01")
    world.assign("ann", "sam", at="2026-11-02 10:05")
    world.task("ann", by="sam", at="2026-11-02 10:40")
    world.accept("ann", by="sam", at="2026-11-02 11:00")
    world.write(tmp_path)

Instants are texts in Europe/Amsterdam (`2026-11-02 10:00`, seconds if they matter), in
UTC with a Z behind them, or aware datetimes. They are written in UTC. A date alone is
midnight. A value that begins with `raw:` is written as it stands behind the colon, so
that a test can feed what no system should send.

Names such as `ann` or `sam` become ids: Salesforce's of 15 characters with the prefix
of their kind (`lead_id("ann")` is `00Q000000000ann`), HubSpot's with `hs-` before them.
A full id is kept as it is.

The mutable tables are a state that calls change. `export(at)` takes a full dump of that
state as it is then; `write` takes the last one at `exported_at`. What `remove` takes
away is missing from the dumps that follow. So two dumps with a deletion between them:

    world.contact("ann", "ann@firm.nl", at="2026-11-02 10:00")
    world.export("2026-11-10 06:00")
    world.remove("hubspot__contacts", "ann")
    world.write(tmp_path)
"""

import csv
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

PROJECT = Path(__file__).parents[2]
MAPPINGS = PROJECT / "seeds" / "mappings"
AMSTERDAM = ZoneInfo("Europe/Amsterdam")

LOADER_COLUMNS = ("_exported_at", "_source_file", "_row_number")

# The columns of every raw table, under the names of the systems that export them.
COLUMNS: dict[str, tuple[str, ...]] = {
    table: tuple(columns.split())
    for table, columns in {
        "web__pages": """
            id anonymous_id user_id timestamp sent_at received_at url path referrer
            title context_campaign_source context_campaign_medium context_campaign_name
            context_campaign_term context_campaign_content context_user_agent context_ip
            consent_state""",
        "web__identifies": "id anonymous_id user_id email timestamp received_at",
        "hubspot__contacts": """
            hs_object_id email hs_additional_emails firstname lastname phone jobtitle
            company country numemployees industry lifecyclestage hs_lead_status
            hubspotscore hs_analytics_source createdate lastmodifieddate
            hs_lifecyclestage_lead_date hs_lifecyclestage_marketingqualifiedlead_date
            hs_lifecyclestage_salesqualifiedlead_date
            hs_lifecyclestage_opportunity_date hs_lifecyclestage_customer_date
            hs_email_optout salesforceleadid salesforcecontactid""",
        "hubspot__contact_merge_audit": (
            "canonical_vid vid_to_merge timestamp user_id"
        ),
        "hubspot__email_events": """
            id type recipient created emailCampaignId url filteredEvent
            bounce_category""",
        "hubspot__form_submissions": """
            conversion_id form_id contact_id email anonymous_id submitted_at page_url
            values""",
        "hubspot__forms": "form_id name form_type",
        "google_ads__campaign_daily": """
            segments_date campaign_id campaign_name customer_currency_code
            metrics_cost_micros metrics_impressions metrics_clicks
            metrics_conversions""",
        "linkedin_ads__campaign_daily": """
            start_date campaign_id campaign_name campaign_group_name currency
            total_spent impressions clicks conversions""",
        "meta_ads__campaign_daily": """
            reporting_starts reporting_ends campaign_id campaign_name account_currency
            amount_spent impressions link_clicks results""",
        "social__interactions": """
            interaction_id platform account_identity employee_id interaction_kind
            profile_url email campaign_id occurred_at""",
        "salesforce__lead": """
            Id IsDeleted MasterRecordId FirstName LastName Email Phone Title Company
            Website Country Industry NumberOfEmployees LeadSource Status OwnerId
            IsConverted ConvertedDate ConvertedAccountId ConvertedContactId
            ConvertedOpportunityId CreatedDate CreatedById LastModifiedDate
            Rejection_Reason__c Callback_Requested_On__c Callback_Months__c
            Callback_Requested_By_Person__c""",
        "salesforce__lead_history": (
            "Id LeadId Field OldValue NewValue CreatedDate CreatedById"
        ),
        "salesforce__contact": """
            Id IsDeleted MasterRecordId AccountId FirstName LastName Email Phone Title
            OwnerId CreatedDate LastModifiedDate""",
        "salesforce__account": """
            Id IsDeleted MasterRecordId Name Website Industry NumberOfEmployees
            BillingCountry OwnerId CreatedDate LastModifiedDate""",
        "salesforce__opportunity": """
            Id IsDeleted AccountId Name StageName Amount CurrencyIsoCode Probability
            CloseDate Type LeadSource CampaignId IsClosed IsWon OwnerId CreatedDate
            LastModifiedDate Loss_Reason__c""",
        "salesforce__opportunity_history": """
            Id OpportunityId StageName Amount CloseDate Probability CreatedDate
            CreatedById""",
        "salesforce__opportunity_contact_role": (
            "Id OpportunityId ContactId Role IsPrimary CreatedDate"
        ),
        "salesforce__task": """
            Id WhoId WhatId Subject Type TaskSubtype Status CallDisposition OwnerId
            CreatedDate CompletedDateTime Is_Automated__c""",
        "salesforce__campaign": """
            Id IsDeleted Name Type Status StartDate EndDate ParentId ActualCost
            Ad_Platform__c Ad_Campaign_Id__c""",
        "salesforce__campaign_member": """
            Id CampaignId LeadId ContactId Status HasResponded FirstRespondedDate
            CreatedDate LastModifiedDate""",
        "salesforce__user": (
            "Id Name Email Department IsActive CreatedDate LastModifiedDate Type"
        ),
        "finance__contracts": "contract_id opportunity_id signed_on amount currency",
        "finance__credit_notes": (
            "credit_note_id contract_id refunded_on amount currency"
        ),
        "finance__fx_rates": "rate_date currency eur_per_unit",
        "privacy__consents": """
            consent_id subject_email anonymous_id purpose state occurred_at
            evidence_ref""",
        "privacy__erasure_requests": "request_id subject_email requested_at",
    }.items()
}

# Full dumps, each with the column that names its rows; all other tables are events.
DUMP_KEYS = {
    "hubspot__contacts": "hs_object_id",
    "hubspot__forms": "form_id",
    "salesforce__lead": "Id",
    "salesforce__contact": "Id",
    "salesforce__account": "Id",
    "salesforce__opportunity": "Id",
    "salesforce__opportunity_contact_role": "Id",
    "salesforce__task": "Id",
    "salesforce__campaign": "Id",
    "salesforce__campaign_member": "Id",
    "salesforce__user": "Id",
    "finance__contracts": "contract_id",
    "finance__credit_notes": "credit_note_id",
    "finance__fx_rates": "rate_date",
}

ID_PREFIXES = {
    "lead": "00Q",
    "contact": "003",
    "account": "001",
    "opportunity": "006",
    "task": "00T",
    "campaign": "701",
    "member": "00v",
    "user": "005",
    "queue": "00G",
    "change": "017",
    "opportunity_change": "008",
    "role": "00K",
}

Instant = str | datetime


def utc_text(instant: Instant) -> str:
    """The instant as exports write it: `2026-11-02T09:00:00Z`."""
    if isinstance(instant, str):
        if instant == "" or instant.startswith("raw:"):
            return instant.removeprefix("raw:")
        instant = datetime.fromisoformat(instant)
        if instant.tzinfo is None:
            instant = instant.replace(tzinfo=AMSTERDAM)
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def salesforce_id(kind: str, name: str) -> str:
    """The name as a Salesforce id of its kind; a full id is kept as it is."""
    prefix = ID_PREFIXES[kind]
    if name == "" or (len(name) in (15, 18) and name.startswith(prefix)):
        return name
    if len(name) > 12 or not name.isalnum():
        raise ValueError(f"{name!r} is not a name of at most 12 letters and digits")
    return prefix + name.rjust(12, "0")


def contact_id(name: str) -> str:
    """The name as a HubSpot contact id."""
    return name if name == "" or name.startswith("hs-") else f"hs-{name}"


def lead_id(name: str) -> str:
    """The name as the id of a Salesforce lead."""
    return salesforce_id("lead", name)


def text(value: object) -> str:
    """A value as it stands in a CSV: empty for nothing, lower case for a flag."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).removeprefix("raw:")


def mapping(name: str) -> list[dict[str, str]]:
    """The rows of a table of seeds/mappings."""
    with (MAPPINGS / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def word(table: str, column: str, **meaning: str) -> str:
    """The company's first word for a meaning, from a table of seeds/mappings.

    `word("form_types", "match_value", form_kind="demo_request")` is the form type
    that counts as a demo request.
    """
    for row in mapping(table):
        if all(row[name] == value for name, value in meaning.items()):
            return row[column]
    raise LookupError(f"no row of {table} has {meaning}")


class Exports:
    """A world of raw exports in the making. See the module for a tour.

    It starts with two queues and four users: `sam` and `sue` of sales, `max` and `mia`
    of marketing. Every method returns the id of the row that it wrote.
    """

    def __init__(self, exported_at: Instant = "2027-04-01T12:00:00Z") -> None:
        self.exported_at = utc_text(exported_at)
        # Table -> key -> row, as they stand now.
        self._state: dict[str, dict[str, dict[str, str]]] = {
            table: {} for table in DUMP_KEYS
        }
        # Table -> rows as they will be written, loader columns and all.
        self._written: dict[str, list[dict[str, str]]] = {
            table: [] for table in COLUMNS
        }
        # Events that no export has carried out yet.
        self._pending: list[tuple[str, dict[str, str]]] = []
        self._counts: dict[str, int] = {}
        self.marketing_queue = self.queue("marketing", "marketing")
        self.sales_queue = self.queue("sales", "sales")
        for name, team in (
            ("sam", "sales"),
            ("sue", "sales"),
            ("max", "marketing"),
            ("mia", "marketing"),
        ):
            self.user(name, team)

    # Dumps

    def export(self, at: Instant) -> None:
        """Take a full dump of all tables as they stand now, with the new events."""
        exported_at = utc_text(at)
        for table, rows in self._state.items():
            for row in rows.values():
                self._add_written(table, row, exported_at)
        for table, row in self._pending:
            self._add_written(table, row, exported_at)
        self._pending.clear()

    def write(self, folder: Path) -> Path:
        """Take the last dump and write every table as one CSV into the folder."""
        self.export(self.exported_at)
        folder.mkdir(parents=True, exist_ok=True)
        for table, columns in COLUMNS.items():
            path = folder / f"raw_{table}.csv"
            with path.open("w", encoding="utf-8", newline="") as lines:
                writer = csv.DictWriter(
                    lines, (*columns, *LOADER_COLUMNS), lineterminator="\n"
                )
                writer.writeheader()
                writer.writerows(self._written[table])
        return folder

    def row(self, table: str, values: Mapping[str, object]) -> dict[str, str]:
        """Add or change a row under the system's own column names.

        The other methods end here; use it for what they do not offer. A row of a dump
        whose key exists keeps the columns that are not given.
        """
        unknown = set(values) - set(COLUMNS[table])
        if unknown:
            raise ValueError(f"{table} has no column {', '.join(sorted(unknown))}")
        given = {column: text(value) for column, value in values.items()}
        if table not in DUMP_KEYS:
            row = dict.fromkeys(COLUMNS[table], "") | given
            self._pending.append((table, row))
            return row
        key = given[DUMP_KEYS[table]]
        if table == "finance__fx_rates":
            key += given["currency"]
        rows = self._state[table]
        rows[key] = rows.get(key, dict.fromkeys(COLUMNS[table], "")) | given
        return rows[key]

    def remove(self, table: str, name: str) -> None:
        """Leave a row out of the dumps that follow: deleted in the system."""
        matches = [
            key
            for key in self._state[table]
            if key == name or key == f"hs-{name}" or key[3:].lstrip("0") == name
        ]
        if len(matches) != 1:
            raise LookupError(f"{table} has {len(matches)} rows named {name!r}")
        del self._state[table][matches[0]]

    def _add_written(self, table: str, row: dict[str, str], exported_at: str) -> None:
        rows = self._written[table]
        loader = (exported_at, f"raw_{table}.csv", str(len(rows) + 1))
        rows.append(row | dict(zip(LOADER_COLUMNS, loader, strict=True)))

    def _next(self, kind: str) -> str:
        self._counts[kind] = self._counts.get(kind, 0) + 1
        return f"{kind}{self._counts[kind]:03d}"

    # Users

    def user(
        self,
        name: str,
        team: str,
        *,
        is_active: bool = True,
        at: Instant = "2024-01-01 09:00",
        modified_at: Instant | None = None,
    ) -> str:
        """A user of a team; call it again with `is_active=False` to switch it off."""
        department = word("user_teams", "match_value", match_on="department", team=team)
        row = self.row(
            "salesforce__user",
            {
                "Id": salesforce_id("user", name),
                "Name": name.title(),
                "Email": f"{name}@onefunnel.example",
                "Department": department,
                "IsActive": is_active,
                "CreatedDate": utc_text(at),
                "LastModifiedDate": utc_text(modified_at or at),
                "Type": "User",
            },
        )
        return row["Id"]

    def queue(self, name: str, team: str, at: Instant = "2024-01-01 09:00") -> str:
        """The queue of a team, named as user_teams knows it."""
        row = self.row(
            "salesforce__user",
            {
                "Id": salesforce_id("queue", name),
                "Name": word("user_teams", "match_value", match_on="queue", team=team),
                "IsActive": True,
                "CreatedDate": utc_text(at),
                "LastModifiedDate": utc_text(at),
                "Type": "Queue",
            },
        )
        return row["Id"]

    def owner(self, name: str) -> str:
        """The id of an owner: `marketing` and `sales` are queues, others are users."""
        if name in ("marketing", "sales"):
            return getattr(self, f"{name}_queue")
        if name.startswith(ID_PREFIXES["queue"]):
            return name
        return salesforce_id("user", name)

    # Marketing

    def contact(
        self,
        name: str,
        email: str = "",
        *,
        at: Instant,
        modified_at: Instant | None = None,
        employees: object = None,
        industry: str = "",
        job_title: str = "",
        country: str = "",
        company: str = "",
        additional_emails: str = "",
        salesforce_lead: str = "",
        salesforce_contact: str = "",
        **columns: object,
    ) -> str:
        """A HubSpot contact. Called again, it replaces the fit fields that it gives."""
        given = {
            "numemployees": employees,
            "industry": industry,
            "jobtitle": job_title,
            "country": country,
            "company": company,
            "hs_additional_emails": additional_emails,
            "salesforceleadid": salesforce_id("lead", salesforce_lead),
            "salesforcecontactid": salesforce_id("contact", salesforce_contact),
        }
        row = self.row(
            "hubspot__contacts",
            {
                "hs_object_id": contact_id(name),
                "email": email,
                "createdate": utc_text(at),
                "lastmodifieddate": utc_text(modified_at or at),
                "hs_email_optout": False,
            }
            | {column: value for column, value in given.items() if value}
            | columns,
        )
        return row["hs_object_id"]

    def merge_contacts(self, winner: str, loser: str, *, at: Instant) -> None:
        """A merge in HubSpot: the loser's id redirects to the winner's."""
        self.row(
            "hubspot__contact_merge_audit",
            {
                "canonical_vid": contact_id(winner),
                "vid_to_merge": contact_id(loser),
                "timestamp": utc_text(at),
            },
        )

    def form(
        self,
        kind: str,
        email: str = "",
        *,
        at: Instant,
        contact: str = "",
        visitor: str = "",
        callback_months: int | None = None,
        message: str = "",
        submission: str | None = None,
    ) -> str:
        """A submitted form of a kind of `form_types`, such as `demo_request`."""
        form = self.row(
            "hubspot__forms",
            {
                "form_id": f"form-{kind}",
                "name": kind.replace("_", " ").title(),
                "form_type": word(
                    "form_types", "match_value", match_on="form_type", form_kind=kind
                ),
            },
        )
        values: dict[str, object] = {}
        if callback_months is not None:
            values["callback_months"] = callback_months
        if message:
            values["message"] = message
        row = self.row(
            "hubspot__form_submissions",
            {
                "conversion_id": submission or self._next("submission"),
                "form_id": form["form_id"],
                "contact_id": contact_id(contact),
                "email": email,
                "anonymous_id": visitor,
                "submitted_at": utc_text(at),
                "page_url": "https://www.onefunnel.example/form",
                "values": json.dumps(values),
            },
        )
        return row["conversion_id"]

    def page(
        self,
        visitor: str,
        group: str = "",
        *,
        at: Instant,
        path: str = "",
        consent: str = "granted",
        user: str = "",
        referrer: str = "",
        source: str = "",
        medium: str = "",
        campaign: str = "",
        user_agent: str = "Mozilla/5.0",
        page_view: str | None = None,
    ) -> str:
        """A page view: of a page group (`pricing`), of a path, or of the home page."""
        if group:
            pattern = word("page_groups", "path_pattern", page_group=group)
            path = pattern.replace("%", "")
        path = path or "/"
        row = self.row(
            "web__pages",
            {
                "id": page_view or self._next("page"),
                "anonymous_id": visitor,
                "user_id": user,
                "timestamp": utc_text(at),
                "sent_at": utc_text(at),
                "received_at": utc_text(at),
                "url": f"https://www.onefunnel.example{path}",
                "path": path,
                "referrer": referrer,
                "context_campaign_source": source,
                "context_campaign_medium": medium,
                "context_campaign_name": campaign,
                "context_user_agent": user_agent,
                "consent_state": consent,
            },
        )
        return row["id"]

    def identify(
        self, visitor: str, email: str = "", *, at: Instant, user: str = ""
    ) -> str:
        """A visitor that says who it is."""
        row = self.row(
            "web__identifies",
            {
                "id": self._next("identify"),
                "anonymous_id": visitor,
                "user_id": user,
                "email": email,
                "timestamp": utc_text(at),
                "received_at": utc_text(at),
            },
        )
        return row["id"]

    def email_event(
        self,
        kind: str,
        email: str,
        *,
        at: Instant,
        is_filtered: bool = False,
        bounce_category: str = "",
        campaign: str = "mailing",
    ) -> str:
        """An e-mail event of HubSpot: `CLICK`, `UNSUBSCRIBED`, `BOUNCE` and so on."""
        row = self.row(
            "hubspot__email_events",
            {
                "id": self._next("mail"),
                "type": kind,
                "recipient": email,
                "created": utc_text(at),
                "emailCampaignId": campaign,
                "filteredEvent": is_filtered,
                "bounce_category": bounce_category,
            },
        )
        return row["id"]

    def social(
        self,
        kind: str,
        email: str,
        *,
        at: Instant,
        identity: str = "brand",
        platform: str = "linkedin",
        employee: str = "",
        campaign: str = "",
    ) -> str:
        """A social interaction, such as `direct_message` with `identity="employee"`."""
        row = self.row(
            "social__interactions",
            {
                "interaction_id": self._next("social"),
                "platform": platform,
                "account_identity": identity,
                "employee_id": salesforce_id("user", employee),
                "interaction_kind": kind,
                "email": email,
                "campaign_id": campaign,
                "occurred_at": utc_text(at),
            },
        )
        return row["interaction_id"]

    def ad_day(
        self,
        platform: str,
        campaign: str,
        day: str,
        cost: str,
        *,
        currency: str = "EUR",
        name: str = "",
        stated_at: Instant | None = None,
    ) -> None:
        """A day of an advertising campaign; `stated_at` restates it in that export."""
        table = f"{platform}__campaign_daily"
        name = name or campaign
        values = {
            "google_ads__campaign_daily": {
                "segments_date": day,
                "campaign_id": campaign,
                "campaign_name": name,
                "customer_currency_code": currency,
                "metrics_cost_micros": str(round(float(cost) * 1_000_000)),
            },
            "linkedin_ads__campaign_daily": {
                "start_date": day,
                "campaign_id": campaign,
                "campaign_name": name,
                "currency": currency,
                "total_spent": cost,
            },
            "meta_ads__campaign_daily": {
                "reporting_starts": day,
                "reporting_ends": day,
                "campaign_id": campaign,
                "campaign_name": name,
                "account_currency": currency,
                "amount_spent": cost,
            },
        }[table]
        row = dict.fromkeys(COLUMNS[table], "") | values
        if stated_at is None:
            self._pending.append((table, row))
        else:
            self._add_written(table, row, utc_text(stated_at))

    # Sales: leads

    def lead(
        self,
        name: str,
        email: str = "",
        *,
        at: Instant,
        owner: str = "marketing",
        status: str = "New",
        by: str = "",
        modified_at: Instant | None = None,
        employees: object = None,
        industry: str = "",
        title: str = "",
        country: str = "",
        company: str = "",
        **columns: object,
    ) -> str:
        """A Salesforce lead as it was created; `lead_change` tells the rest."""
        row = self.row(
            "salesforce__lead",
            {
                "Id": lead_id(name),
                "IsDeleted": False,
                "Email": email,
                "NumberOfEmployees": employees,
                "Industry": industry,
                "Title": title,
                "Country": country,
                "Company": company,
                "Status": status,
                "OwnerId": self.owner(owner),
                "IsConverted": False,
                "CreatedDate": utc_text(at),
                "CreatedById": self.owner(by) if by else self.marketing_queue,
                "LastModifiedDate": utc_text(modified_at or at),
                "Callback_Requested_By_Person__c": False,
            }
            | columns,
        )
        return row["Id"]

    def lead_change(
        self, name: str, field: str, value: str, *, at: Instant, by: str = ""
    ) -> str:
        """A change of a lead's field: a row of its history, and its new value.

        Fields are named as the history names them: `Status`, `Owner`,
        `Rejection_Reason__c`. An owner is a name (`sam`, `sales`).
        """
        record = self._state["salesforce__lead"][lead_id(name)]
        column = "OwnerId" if field == "Owner" else field
        new_value = self.owner(value) if field == "Owner" else value
        row = self.row(
            "salesforce__lead_history",
            {
                "Id": salesforce_id("change", self._next("lead")),
                "LeadId": record["Id"],
                "Field": field,
                "OldValue": record[column],
                "NewValue": new_value,
                "CreatedDate": utc_text(at),
                "CreatedById": self.owner(by) if by else record["OwnerId"],
            },
        )
        record[column] = new_value
        record["LastModifiedDate"] = utc_text(at)
        return row["Id"]

    def lead_event(self, name: str, event: str, *, at: Instant, by: str = "") -> str:
        """A change of status to the company's word for an event: `qualified`, ..."""
        status = word("crm_lead_status_events", "to_value", field="Status", event=event)
        return self.lead_change(name, "Status", status, at=at, by=by)

    def assign(self, name: str, owner: str, *, at: Instant, by: str = "") -> str:
        """Give the lead to a user, or to the queue `sales` or `marketing`."""
        return self.lead_change(name, "Owner", owner, at=at, by=by)

    def accept(self, name: str, *, at: Instant, by: str = "") -> str:
        """Accept the lead."""
        return self.lead_event(name, "accepted", at=at, by=by)

    def reject(
        self,
        name: str,
        reason: str,
        *,
        at: Instant,
        by: str = "",
        callback_months: int | None = None,
    ) -> str:
        """Reject the lead for a reason code, with a callback when months are given."""
        if callback_months is not None:
            self.callback(name, callback_months, at=at)
        words = word("crm_rejection_reasons", "crm_reason", reason_code=reason)
        self.lead_change(name, "Rejection_Reason__c", words, at=at, by=by)
        return self.lead_event(name, "rejected", at=at, by=by)

    def recycle(self, name: str, reason: str, *, at: Instant, by: str = "") -> str:
        """Send an accepted lead back to marketing for a reason code."""
        words = word("crm_rejection_reasons", "crm_reason", reason_code=reason)
        self.lead_change(name, "Rejection_Reason__c", words, at=at, by=by)
        return self.lead_event(name, "recycled", at=at, by=by)

    def callback(
        self, name: str, months: int, *, at: Instant, by_person: bool = True
    ) -> None:
        """Note on the lead that a call was asked for in so many months."""
        record = self._state["salesforce__lead"][lead_id(name)]
        record["Callback_Requested_On__c"] = utc_text(at)
        record["Callback_Months__c"] = str(months)
        record["Callback_Requested_By_Person__c"] = text(by_person)
        record["LastModifiedDate"] = utc_text(at)

    def task(
        self,
        who: str,
        *,
        by: str,
        at: Instant,
        kind: str = "attempt",
        direction: str = "outbound",
        is_connect: bool | None = None,
        is_automated: bool = False,
        is_completed: bool = True,
        opportunity: str = "",
    ) -> str:
        """A completed task on a lead (or a full contact id): an attempt by default."""
        kind_row = next(
            row
            for row in mapping("crm_task_types")
            if row["activity_kind"] == kind
            and row["direction"] == direction
            and row["is_human"] == "true"
        )
        disposition = ""
        if is_connect is not None:
            disposition = word(
                "crm_call_dispositions", "disposition", is_connect=text(is_connect)
            )
        row = self.row(
            "salesforce__task",
            {
                "Id": salesforce_id("task", self._next("task")),
                "WhoId": who if who.startswith("003") else lead_id(who),
                "WhatId": salesforce_id("opportunity", opportunity),
                "Type": kind_row["task_type"],
                "TaskSubtype": kind_row["task_subtype"],
                "Status": "Completed" if is_completed else "Open",
                "CallDisposition": disposition,
                "OwnerId": self.owner(by),
                "CreatedDate": utc_text(at),
                "CompletedDateTime": utc_text(at) if is_completed else "",
                "Is_Automated__c": is_automated,
            },
        )
        return row["Id"]

    # Sales: contacts, accounts, opportunities, contracts

    def account(self, name: str, *, at: Instant, **columns: object) -> str:
        """A Salesforce account; `account_change` and `merge_accounts` tell the rest."""
        row = self.row(
            "salesforce__account",
            {
                "Id": salesforce_id("account", name),
                "IsDeleted": False,
                "Name": name.title(),
                "OwnerId": self.sales_queue,
                "CreatedDate": utc_text(at),
                "LastModifiedDate": utc_text(at),
            }
            | columns,
        )
        return row["Id"]

    def account_change(self, name: str, *, at: Instant, **columns: object) -> str:
        """Other values of an account, under the system's own column names."""
        record = self._state["salesforce__account"][salesforce_id("account", name)]
        record |= {column: text(value) for column, value in columns.items()}
        record["LastModifiedDate"] = utc_text(at)
        return record["Id"]

    def merge_accounts(self, winner: str, loser: str, *, at: Instant) -> str:
        """Merge an account into another; what hangs on it still names it."""
        master = salesforce_id("account", winner)
        return self.account_change(loser, at=at, MasterRecordId=master, IsDeleted=True)

    def crm_contact(
        self,
        name: str,
        email: str = "",
        *,
        at: Instant,
        modified_at: Instant | None = None,
        account: str = "",
        title: str = "",
        **columns: object,
    ) -> str:
        """A Salesforce contact."""
        row = self.row(
            "salesforce__contact",
            {
                "Id": salesforce_id("contact", name),
                "IsDeleted": False,
                "Email": email,
                "AccountId": salesforce_id("account", account),
                "Title": title,
                "OwnerId": self.sales_queue,
                "CreatedDate": utc_text(at),
                "LastModifiedDate": utc_text(modified_at or at),
            }
            | columns,
        )
        return row["Id"]

    def convert(
        self,
        name: str,
        *,
        on: str,
        contact: str = "",
        account: str = "",
        opportunity: str = "",
    ) -> None:
        """Convert a lead on a day; the records that it becomes are made apart."""
        record = self._state["salesforce__lead"][lead_id(name)]
        record["IsConverted"] = "true"
        record["ConvertedDate"] = on
        record["ConvertedContactId"] = salesforce_id("contact", contact)
        record["ConvertedAccountId"] = salesforce_id("account", account)
        record["ConvertedOpportunityId"] = salesforce_id("opportunity", opportunity)

    def opportunity(
        self,
        name: str,
        *,
        at: Instant,
        owner: str = "sam",
        account: str = "",
        amount: str = "12000.00",
        currency: str = "EUR",
        stage: str = "",
        contacts: tuple[str, ...] = (),
        has_primary: bool = True,
        **columns: object,
    ) -> str:
        """An opportunity in its first open stage; the first contact is the primary."""
        stage = stage or word("crm_opportunity_stages", "stage_name", outcome="open")
        row = self.row(
            "salesforce__opportunity",
            {
                "Id": salesforce_id("opportunity", name),
                "IsDeleted": False,
                "AccountId": salesforce_id("account", account),
                "Name": name.title(),
                "StageName": stage,
                "Amount": amount,
                "CurrencyIsoCode": currency,
                "IsClosed": False,
                "IsWon": False,
                "OwnerId": self.owner(owner),
                "CreatedDate": utc_text(at),
                "LastModifiedDate": utc_text(at),
            }
            | columns,
        )
        self._opportunity_history(row, at)
        for position, contact in enumerate(contacts):
            self.row(
                "salesforce__opportunity_contact_role",
                {
                    "Id": salesforce_id("role", self._next("role")),
                    "OpportunityId": row["Id"],
                    "ContactId": salesforce_id("contact", contact),
                    "IsPrimary": has_primary and position == 0,
                    "CreatedDate": utc_text(at),
                },
            )
        return row["Id"]

    def opportunity_change(
        self,
        name: str,
        stage: str,
        *,
        at: Instant,
        reason: str = "",
        amount: str | None = None,
    ) -> str:
        """Move an opportunity to a stage: a name, or an outcome (`won`, `lost`).

        An `amount` is what it is worth from then on; an empty one takes it away.
        """
        row = self._state["salesforce__opportunity"][salesforce_id("opportunity", name)]
        if stage in ("open", "won", "lost", "ignored"):
            row["IsClosed"] = text(stage in ("won", "lost"))
            row["IsWon"] = text(stage == "won")
            stage = word("crm_opportunity_stages", "stage_name", outcome=stage)
        row["StageName"] = stage
        row["LastModifiedDate"] = utc_text(at)
        if reason:
            row["Loss_Reason__c"] = word(
                "crm_rejection_reasons", "crm_reason", reason_code=reason
            )
        if amount is not None:
            row["Amount"] = amount
        return self._opportunity_history(row, at)

    def opportunity_amount(self, name: str, amount: str, *, at: Instant) -> str:
        """Another amount that the record shows and its history does not."""
        row = self._state["salesforce__opportunity"][salesforce_id("opportunity", name)]
        row["Amount"] = amount
        row["LastModifiedDate"] = utc_text(at)
        return row["Id"]

    def _opportunity_history(self, row: dict[str, str], at: Instant) -> str:
        change = self.row(
            "salesforce__opportunity_history",
            {
                "Id": salesforce_id("opportunity_change", self._next("opp")),
                "OpportunityId": row["Id"],
                "StageName": row["StageName"],
                "Amount": row["Amount"],
                "CreatedDate": utc_text(at),
                "CreatedById": row["OwnerId"],
            },
        )
        return change["Id"]

    def contract(
        self,
        opportunity: str,
        *,
        on: str,
        amount: str = "12000.00",
        currency: str = "EUR",
        contract: str = "",
    ) -> str:
        """A contract signed on a day. The opportunity is won apart from it."""
        row = self.row(
            "finance__contracts",
            {
                "contract_id": contract or self._next("contract"),
                "opportunity_id": salesforce_id("opportunity", opportunity),
                "signed_on": on,
                "amount": amount,
                "currency": currency,
            },
        )
        return row["contract_id"]

    def credit_note(
        self, contract: str, *, on: str, amount: str, currency: str = "EUR"
    ) -> str:
        """A refund of a contract on a day."""
        row = self.row(
            "finance__credit_notes",
            {
                "credit_note_id": self._next("credit"),
                "contract_id": contract,
                "refunded_on": on,
                "amount": amount,
                "currency": currency,
            },
        )
        return row["credit_note_id"]

    def fx_rate(self, day: str, currency: str, eur_per_unit: str) -> None:
        """The rate of a currency on a day; called again, it restates that rate.

        `remove("finance__fx_rates", "2026-11-02GBP")` takes it back.
        """
        self.row(
            "finance__fx_rates",
            {"rate_date": day, "currency": currency, "eur_per_unit": eur_per_unit},
        )

    # Sales: campaigns

    def campaign(self, name: str, kind: str, **columns: object) -> str:
        """A campaign of an event type of `crm_campaign_types`, such as `webinar`."""
        row = self.row(
            "salesforce__campaign",
            {
                "Id": salesforce_id("campaign", name),
                "IsDeleted": False,
                "Name": name.title(),
                "Type": word("crm_campaign_types", "campaign_type", event_type=kind),
                "Status": "Completed",
            }
            | columns,
        )
        return row["Id"]

    def campaign_member(
        self,
        campaign: str,
        *,
        lead: str = "",
        contact: str = "",
        detail: str = "attended",
        at: Instant,
        responded_on: str = "",
    ) -> str:
        """A member of a campaign in a state of `crm_member_statuses`.

        Without `responded_on` (a day) the member counts at `at`, its creation.
        """
        row = self.row(
            "salesforce__campaign_member",
            {
                "Id": salesforce_id("member", self._next("member")),
                "CampaignId": salesforce_id("campaign", campaign),
                "LeadId": lead_id(lead),
                "ContactId": salesforce_id("contact", contact),
                "Status": word("crm_member_statuses", "status", event_detail=detail),
                "HasResponded": detail in ("attended", "responded"),
                "FirstRespondedDate": responded_on,
                "CreatedDate": utc_text(at),
                "LastModifiedDate": utc_text(at),
            },
        )
        return row["Id"]

    # Privacy

    def consent(
        self,
        purpose: str,
        state: str,
        *,
        at: Instant,
        email: str = "",
        visitor: str = "",
    ) -> str:
        """A consent given, refused, withdrawn or objected to."""
        row = self.row(
            "privacy__consents",
            {
                "consent_id": self._next("consent"),
                "subject_email": email,
                "anonymous_id": visitor,
                "purpose": purpose,
                "state": state,
                "occurred_at": utc_text(at),
            },
        )
        return row["consent_id"]

    def erasure(self, email: str, *, at: Instant) -> str:
        """A request to be erased."""
        row = self.row(
            "privacy__erasure_requests",
            {
                "request_id": self._next("erasure"),
                "subject_email": email,
                "requested_at": utc_text(at),
            },
        )
        return row["request_id"]
