"""Raw exports as rows of values: parsed, as of an instant, the newest of each key.

Section 1.1 of the semantics: a row is visible at `as_of` when it was exported at or
before it; an instant without an offset is local time, a day without a time is its end.
A row that cannot be read is set aside with its reason, and counts nowhere else.
"""

import csv
import hashlib
import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

Row = dict[str, object]

LOADER_COLUMNS = ("_exported_at", "_source_file", "_row_number")
NOTHING = {"", "--", "-", "na", "n/a", "null", "none", "nan"}
INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"))
END_OF_DAY = time(23, 59, 59)
LONG_AGO = datetime.min.replace(tzinfo=UTC)


class UnreadableError(ValueError):
    """A value that cannot be read as what its column should hold."""


def day_instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """A local time of day as an instant, to the rules for clock changes.

    The hour that comes twice is read as its second coming, the hour that is left out
    is moved forward by what the clock skipped.
    """
    local = datetime.combine(day, at)
    first = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    second = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    is_skipped = first.astimezone(zone).replace(tzinfo=None) != local
    return first if is_skipped else max(first, second)


# How a value of each kind is read. None means: there is no value.


def read_text(raw: str, zone: ZoneInfo) -> str | None:
    value = raw.translate(INVISIBLE).replace("\u00a0", " ").strip()
    return None if value.lower() in NOTHING else value


def read_currency(raw: str, zone: ZoneInfo) -> str | None:
    value = read_text(raw, zone)
    return value.upper() if value else None


def read_email(raw: str, zone: ZoneInfo) -> str | None:
    value = read_text(unicodedata.normalize("NFC", raw), zone)
    if value is None:
        return None
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", value):
        raise UnreadableError("email_unreadable")
    return value.lower()


def read_emails(raw: str, zone: ZoneInfo) -> tuple[str, ...]:
    values = (read_email(part, zone) for part in raw.split(";"))
    return tuple(value for value in values if value)


def read_salesforce_id(raw: str, zone: ZoneInfo) -> str | None:
    """An id of 18 characters is one of 15 with a checksum behind it."""
    value = read_text(raw, zone)
    return value[:15] if value else None


def read_instant(raw: str, zone: ZoneInfo) -> datetime | None:
    value = read_text(raw, zone)
    if value is None:
        return None
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            return day_instant(date.fromisoformat(value), END_OF_DAY, zone)
        parsed = datetime.fromisoformat(value).replace(microsecond=0)
    except ValueError:
        raise UnreadableError("instant_unreadable") from None
    if parsed.tzinfo is None:
        return day_instant(parsed.date(), parsed.time(), zone)
    return parsed.astimezone(UTC)


def read_day(raw: str, zone: ZoneInfo) -> date | None:
    value = read_text(raw, zone)
    if value is None:
        return None
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        raise UnreadableError("date_unreadable") from None


def read_number(raw: str, zone: ZoneInfo) -> Decimal | None:
    """A number in Dutch or English: the last of `.` and `,` is the decimal sign.

    Commas alone before threes of digits group them: `1,234` is more than a thousand.
    """
    if re.fullmatch(r"[+-]?[1-9]\d{0,2}(,\d{3})+", raw.strip()):
        return Decimal(raw.replace(",", ""))
    return read_rate(raw, zone)


def read_rate(raw: str, zone: ZoneInfo) -> Decimal | None:
    """A number that no comma groups: `1,163` is little more than one."""
    value = read_text(raw, zone)
    if value is None:
        return None
    if "," in value and value.rfind(",") > value.rfind("."):
        value = value.replace(".", "").replace(",", ".")
    else:
        value = value.replace(",", "")
    try:
        return Decimal(value)
    except InvalidOperation:
        raise UnreadableError("number_unreadable") from None


def read_count(raw: str, zone: ZoneInfo) -> int | None:
    if re.fullmatch(r"[+-]?[1-9]\d{0,2}(\.\d{3})+", raw.strip()):
        return int(raw.replace(".", ""))
    value = read_number(raw, zone)
    return None if value is None else int(value)


def read_flag(raw: str, zone: ZoneInfo) -> bool | None:
    value = read_text(raw, zone)
    if value is None:
        return None
    if value.lower() in {"true", "t", "1", "yes", "y", "ja", "j"}:
        return True
    if value.lower() in {"false", "f", "0", "no", "n", "nee"}:
        return False
    raise UnreadableError("flag_unreadable")


def read_ad_campaign_id(raw: str, zone: ZoneInfo) -> str | None:
    """The id of a campaign on a platform; a line with a total under it is of none."""
    value = read_text(raw, zone)
    if value and value.lower().startswith("total"):
        raise UnreadableError("summary_row")
    return value


def read_micros(raw: str, zone: ZoneInfo) -> Decimal | None:
    """An amount that is told in millionths."""
    value = read_number(raw, zone)
    return None if value is None else value.scaleb(-6)


def read_callback_months(raw: str, zone: ZoneInfo) -> int | None:
    """The months that a form's answers (JSON) ask to be called back in."""
    if read_text(raw, zone) is None:
        return None
    try:
        answers = json.loads(raw)
    except json.JSONDecodeError:
        raise UnreadableError("json_unreadable") from None
    return read_count(str(answers.get("callback_months") or ""), zone)


Reader = Callable[[str, ZoneInfo], object]


@dataclass(frozen=True)
class Table:
    """How a raw table is read."""

    key: str
    # Raw column -> our name for it and how to read it.
    columns: dict[str, tuple[str, Reader]]
    # A full dump is repeated by each export; events are exported once.
    is_dump: bool = False
    # What names a row together with the key, where the key alone does not.
    second_key: str = ""
    # Without these a row says nothing.
    required: tuple[str, ...] = ()
    # The instants and days that no export can have seen before they came.
    happened: tuple[str, ...] = ()
    is_optional: bool = False

    def key_of(self, row: Row) -> object:
        """What tells a row of the table from all others."""
        if self.second_key:
            return row[self.key], row[self.second_key]
        return row[self.key]


def _columns(**kinds: str) -> dict[str, tuple[str, Reader]]:
    """Columns by kind, written as `raw:ours`, or `raw` when ours is the same."""
    readers: dict[str, Reader] = {
        "texts": read_text,
        "currencies": read_currency,
        "emails": read_email,
        "email_lists": read_emails,
        "salesforce_ids": read_salesforce_id,
        "instants": read_instant,
        "days": read_day,
        "numbers": read_number,
        "rates": read_rate,
        "counts": read_count,
        "flags": read_flag,
        "answers": read_callback_months,
        "ad_campaign_ids": read_ad_campaign_id,
        "micros": read_micros,
    }
    columns: dict[str, tuple[str, Reader]] = {}
    for kind, names in kinds.items():
        for name in names.split():
            raw, _, ours = name.partition(":")
            columns[raw] = (ours or raw, readers[kind])
    return columns


# Only tables that decide who somebody is, what they did, who owns them, what it was
# worth and what it cost.
TABLES = {
    "web__pages": Table(
        key="page_view_id",
        happened=("occurred_at",),
        columns=_columns(
            texts="""
                id:page_view_id anonymous_id user_id path url referrer
                context_campaign_source:utm_source context_campaign_medium:utm_medium
                context_campaign_name:utm_campaign
                context_user_agent:user_agent consent_state""",
            instants="timestamp:occurred_at received_at",
        ),
    ),
    "web__identifies": Table(
        key="identification_id",
        happened=("occurred_at",),
        columns=_columns(
            texts="id:identification_id anonymous_id user_id",
            emails="email",
            instants="timestamp:occurred_at",
        ),
    ),
    "hubspot__contacts": Table(
        key="contact_id",
        is_dump=True,
        happened=("created_at", "modified_at"),
        columns=_columns(
            texts="""
                hs_object_id:contact_id jobtitle:job_title country industry""",
            emails="email",
            email_lists="hs_additional_emails:additional_emails",
            counts="numemployees:employees",
            instants="createdate:created_at lastmodifieddate:modified_at",
            salesforce_ids="""
                salesforceleadid:salesforce_lead_id
                salesforcecontactid:salesforce_contact_id""",
        ),
    ),
    "hubspot__contact_merge_audit": Table(
        key="merged_contact_id",
        happened=("occurred_at",),
        columns=_columns(
            texts="canonical_vid:canonical_contact_id vid_to_merge:merged_contact_id",
            instants="timestamp:occurred_at",
        ),
    ),
    "hubspot__email_events": Table(
        key="email_event_id",
        happened=("occurred_at",),
        columns=_columns(
            texts="id:email_event_id type:event_kind bounce_category",
            emails="recipient:recipient_email",
            instants="created:occurred_at",
            flags="filteredEvent:is_filtered",
        ),
    ),
    "hubspot__form_submissions": Table(
        key="submission_id",
        happened=("occurred_at",),
        columns=_columns(
            texts="conversion_id:submission_id form_id contact_id anonymous_id",
            emails="email",
            instants="submitted_at:occurred_at",
            answers="values:callback_months",
        ),
    ),
    "hubspot__forms": Table(
        key="form_id", is_dump=True, columns=_columns(texts="form_id form_type")
    ),
    "social__interactions": Table(
        key="interaction_id",
        happened=("occurred_at",),
        columns=_columns(
            texts="interaction_id account_identity interaction_kind campaign_id",
            emails="email",
            instants="occurred_at",
        ),
    ),
    "salesforce__lead": Table(
        key="lead_id",
        is_dump=True,
        happened=("created_at", "modified_at"),
        columns=_columns(
            salesforce_ids="""
                Id:lead_id MasterRecordId:master_lead_id OwnerId:owner_id
                ConvertedAccountId:converted_account_id
                ConvertedContactId:converted_contact_id
                ConvertedOpportunityId:converted_opportunity_id
                CreatedById:created_by_id""",
            texts="""
                Title:job_title Country:country Industry:industry Status:status
                Rejection_Reason__c:rejection_reason""",
            emails="Email:email",
            counts="NumberOfEmployees:employees Callback_Months__c:callback_months",
            instants="""
                CreatedDate:created_at LastModifiedDate:modified_at
                Callback_Requested_On__c:callback_requested_at""",
            flags="""
                IsDeleted:is_deleted_in_crm
                Callback_Requested_By_Person__c:is_callback_requested_by_person""",
        ),
    ),
    "salesforce__lead_history": Table(
        key="change_id",
        happened=("occurred_at",),
        columns=_columns(
            salesforce_ids="Id:change_id LeadId:lead_id CreatedById:created_by_id",
            texts="Field:field OldValue:old_value NewValue:new_value",
            instants="CreatedDate:occurred_at",
        ),
    ),
    "salesforce__contact": Table(
        key="contact_id",
        is_dump=True,
        happened=("created_at", "modified_at"),
        columns=_columns(
            salesforce_ids="""
                Id:contact_id MasterRecordId:master_contact_id AccountId:account_id""",
            texts="Title:job_title",
            emails="Email:email",
            instants="CreatedDate:created_at LastModifiedDate:modified_at",
            flags="IsDeleted:is_deleted_in_crm",
        ),
    ),
    "salesforce__account": Table(
        key="account_id",
        is_dump=True,
        happened=("created_at", "modified_at"),
        columns=_columns(
            salesforce_ids="Id:account_id MasterRecordId:master_account_id",
            texts="Industry:industry BillingCountry:country Website:website",
            counts="NumberOfEmployees:employees",
            instants="CreatedDate:created_at LastModifiedDate:modified_at",
            flags="IsDeleted:is_deleted_in_crm",
        ),
    ),
    "salesforce__opportunity": Table(
        key="opportunity_id",
        is_dump=True,
        happened=("created_at", "modified_at"),
        columns=_columns(
            salesforce_ids="""
                Id:opportunity_id AccountId:account_id OwnerId:owner_id""",
            texts="StageName:stage_name Loss_Reason__c:loss_reason",
            currencies="CurrencyIsoCode:currency",
            numbers="Amount:amount Probability:probability",
            days="CloseDate:close_date",
            instants="CreatedDate:created_at LastModifiedDate:modified_at",
            flags="IsDeleted:is_deleted_in_crm",
        ),
    ),
    "salesforce__opportunity_history": Table(
        key="change_id",
        happened=("occurred_at",),
        columns=_columns(
            salesforce_ids="Id:change_id OpportunityId:opportunity_id",
            texts="StageName:stage_name",
            numbers="Amount:amount",
            instants="CreatedDate:occurred_at",
        ),
    ),
    "salesforce__opportunity_contact_role": Table(
        key="role_id",
        is_dump=True,
        happened=("created_at",),
        columns=_columns(
            salesforce_ids="""
                Id:role_id OpportunityId:opportunity_id ContactId:contact_id""",
            flags="IsPrimary:is_primary",
            instants="CreatedDate:created_at",
        ),
    ),
    "salesforce__task": Table(
        key="task_id",
        is_dump=True,
        happened=("created_at", "completed_at"),
        columns=_columns(
            salesforce_ids="Id:task_id WhoId:who_id OwnerId:owner_id",
            texts="""
                Type:task_type TaskSubtype:task_subtype Status:status
                CallDisposition:call_disposition""",
            instants="CreatedDate:created_at CompletedDateTime:completed_at",
            flags="Is_Automated__c:is_automated",
        ),
    ),
    "salesforce__campaign": Table(
        key="campaign_id",
        is_dump=True,
        columns=_columns(
            salesforce_ids="Id:campaign_id",
            texts="""
                Name:campaign_name Type:campaign_type Ad_Platform__c:ad_platform
                Ad_Campaign_Id__c:ad_campaign_id""",
            flags="IsDeleted:is_deleted_in_crm",
        ),
    ),
    "salesforce__campaign_member": Table(
        key="member_id",
        is_dump=True,
        happened=("created_at", "modified_at", "first_responded_on"),
        columns=_columns(
            salesforce_ids="""
                Id:member_id CampaignId:campaign_id LeadId:lead_id
                ContactId:contact_id""",
            texts="Status:status",
            days="FirstRespondedDate:first_responded_on",
            instants="CreatedDate:created_at LastModifiedDate:modified_at",
        ),
    ),
    "salesforce__user": Table(
        key="user_id",
        is_dump=True,
        happened=("created_at", "modified_at"),
        columns=_columns(
            salesforce_ids="Id:user_id",
            texts="Name:user_name Department:department Type:user_type",
            flags="IsActive:is_active",
            instants="CreatedDate:created_at LastModifiedDate:modified_at",
        ),
    ),
    "google_ads__campaign_daily": Table(
        key="platform_campaign_id",
        second_key="spend_date",
        required=("currency", "spend_date"),
        columns=_columns(
            ad_campaign_ids="campaign_id:platform_campaign_id",
            texts="campaign_name",
            currencies="customer_currency_code:currency",
            micros="metrics_cost_micros:cost",
            counts="metrics_impressions:impressions metrics_clicks:clicks",
            numbers="metrics_conversions:conversions",
            days="segments_date:spend_date",
        ),
    ),
    "linkedin_ads__campaign_daily": Table(
        key="platform_campaign_id",
        second_key="spend_date",
        required=("currency", "spend_date"),
        columns=_columns(
            ad_campaign_ids="campaign_id:platform_campaign_id",
            texts="campaign_name",
            currencies="currency",
            numbers="total_spent:cost conversions",
            counts="impressions clicks",
            days="start_date:spend_date",
        ),
    ),
    "meta_ads__campaign_daily": Table(
        key="platform_campaign_id",
        second_key="spend_date",
        required=("currency", "spend_date"),
        columns=_columns(
            ad_campaign_ids="campaign_id:platform_campaign_id",
            texts="campaign_name",
            currencies="account_currency:currency",
            numbers="amount_spent:cost results:conversions",
            counts="impressions link_clicks:clicks",
            days="reporting_starts:spend_date reporting_ends:last_day",
        ),
    ),
    "finance__contracts": Table(
        key="contract_id",
        is_dump=True,
        happened=("signed_on",),
        required=("opportunity_id", "currency", "amount", "signed_on"),
        columns=_columns(
            texts="contract_id",
            currencies="currency",
            salesforce_ids="opportunity_id",
            days="signed_on",
            numbers="amount",
        ),
    ),
    "finance__credit_notes": Table(
        key="credit_note_id",
        is_dump=True,
        happened=("refunded_on",),
        required=("contract_id", "currency", "amount", "refunded_on"),
        columns=_columns(
            texts="credit_note_id contract_id",
            currencies="currency",
            days="refunded_on",
            numbers="amount",
        ),
    ),
    "finance__fx_rates": Table(
        key="rate_date",
        second_key="currency",
        is_dump=True,
        required=("currency", "eur_per_unit"),
        columns=_columns(currencies="currency", days="rate_date", rates="eur_per_unit"),
    ),
    "privacy__consents": Table(
        key="consent_id",
        happened=("occurred_at",),
        is_optional=True,
        columns=_columns(
            texts="consent_id anonymous_id purpose state:consent_state",
            emails="subject_email",
            instants="occurred_at",
        ),
    ),
    "privacy__erasure_requests": Table(
        key="request_id",
        happened=("requested_at",),
        is_optional=True,
        columns=_columns(
            texts="request_id",
            emails="subject_email",
            instants="requested_at",
        ),
    ),
}


@dataclass(frozen=True)
class Quarantined:
    """A raw row that was set aside."""

    table: str
    source_file: str
    row_number: str
    key: str
    reason: str


@dataclass
class Exports:
    """What the exports show at an instant.

    `versions` holds every readable row that any export shows, oldest first; `newest`
    the last of each key, also of keys that later dumps no longer have; `present` leaves
    those out.
    """

    as_of: datetime
    zone: ZoneInfo
    versions: dict[str, list[Row]] = field(default_factory=dict)
    newest: dict[str, dict[str, Row]] = field(default_factory=dict)
    present: dict[str, list[Row]] = field(default_factory=dict)
    quarantined: list[Quarantined] = field(default_factory=list)


class Hider(Protocol):
    """Hides who asked to be erased; see `erasing`."""

    def hide(self, table: str, row: Row, order: Callable[[Row], int]) -> None:
        """Let a row show nothing of them."""


def read_exports(
    folder: Path,
    zone: ZoneInfo,
    clock_skew: timedelta,
    as_of: datetime | None = None,
    make_hider: Callable[[dict[str, list[dict[str, str]]]], Hider] | None = None,
    tables: Iterable[str] = TABLES,
) -> Exports:
    """Read a folder of raw exports as of an instant, else as of its newest export.

    With `tables`, only those are read; the newest export is that of the whole folder.
    """
    raw = {name: list(_raw_rows(folder, name)) for name in tables}
    hider = make_hider(raw) if make_hider else None
    exported = {
        text
        for path in sorted(folder.rglob("raw_*.csv"))
        for text in _exported_texts(path)
    }
    instants = [read_instant(text, zone) for text in exported]
    if as_of is None:
        as_of = max((instant for instant in instants if instant), default=LONG_AGO)
    exports = Exports(as_of=as_of, zone=zone)
    for name, rows in raw.items():
        _read_table(exports, name, rows, clock_skew, hider)
    return exports


def _raw_rows(folder: Path, name: str) -> Iterator[dict[str, str]]:
    paths = [path for path in folder.rglob("raw_*.csv") if _table_of(path) == name]
    if not paths and not TABLES[name].is_optional:
        raise FileNotFoundError(f"no raw_{name}.csv in {folder}")
    for path in sorted(paths):
        with path.open(encoding="utf-8-sig", newline="") as lines:
            yield from csv.DictReader(lines)


def _table_of(path: Path) -> str | None:
    """The table that a file holds: `raw_a__lead_2026.csv` is of `a__lead`."""
    stem = path.stem.removeprefix("raw_")
    names = [name for name in TABLES if stem.startswith(name)]
    longest = max(names, key=len, default=None)
    # `a__lead_history` is another table than `a__lead` with a suffix.
    if longest and re.match(r"_?[a-z]", stem[len(longest) :]):
        return None
    return longest


def _exported_texts(path: Path) -> set[str]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return {row["_exported_at"] for row in csv.DictReader(lines)}


def _read_table(
    exports: Exports,
    name: str,
    raw_rows: list[dict[str, str]],
    clock_skew: timedelta,
    hider: Hider | None,
) -> None:
    table = TABLES[name]
    rows: list[Row] = []
    dumps: set[datetime] = set()
    last_shown: dict[object, datetime] = {}
    place_of = _places(name, raw_rows, exports)
    for raw in raw_rows:
        exported_at = read_instant(raw["_exported_at"], exports.zone)
        assert exported_at is not None, f"{name} has a row without _exported_at"
        if exported_at > exports.as_of:
            continue
        dumps.add(exported_at)
        try:
            row = _read_row(table, raw, exports.zone)
            if row[table.key] is None:
                raise UnreadableError("key_missing")
            for column in table.required:
                if row[column] is None:
                    raise UnreadableError(f"{column}_missing")
            for column in table.happened:
                row[column] = _before(
                    exported_at, row[column], clock_skew, exports.zone
                )
            if hider:
                hider.hide(name, row, place_of)
                key = table.key_of(row)
                last_shown[key] = max(exported_at, last_shown.get(key, exported_at))
                if exported_at > row.get("refused_after", exported_at):
                    raise UnreadableError("erased_subject")
        except UnreadableError as reason:
            key_column = next(
                column
                for column, (ours, _) in table.columns.items()
                if ours == table.key
            )
            exports.quarantined.append(
                Quarantined(
                    table=name,
                    source_file=raw["_source_file"],
                    row_number=raw["_row_number"],
                    key=raw[key_column],
                    reason=str(reason),
                )
            )
            continue
        row["exported_at"] = exported_at
        row["content_hash"] = _content_hash(raw)
        rows.append(row)

    rows.sort(key=_age)
    by_key: dict[str, Row] = {}
    for row in rows:
        by_key[table.key_of(row)] = row
    last_dump = max(dumps, default=None)
    exports.versions[name] = rows
    exports.newest[name] = by_key
    exports.present[name] = [
        row
        for row in by_key.values()
        if not table.is_dump
        or row["exported_at"] == last_dump
        or _was_there_when_erased(row, last_shown.get(table.key_of(row)), dumps)
    ]


def _before(
    exported_at: datetime,
    told: datetime | date | None,
    clock_skew: timedelta,
    zone: ZoneInfo,
) -> datetime | date | None:
    """An instant or a day that an export tells of, which has begun by then.

    A clock may run a little ahead, and a date without an hour was read as the end of
    its day. Both are put at the export, which cannot tell of what comes.
    """
    if told is None:
        return None
    if not isinstance(told, datetime):
        if day_instant(told, time.min, zone) > exported_at + clock_skew:
            raise UnreadableError("occurred_after_export")
        return told
    today = exported_at.astimezone(zone).date()
    is_today = told == day_instant(today, END_OF_DAY, zone)
    if told > exported_at + clock_skew and not is_today:
        raise UnreadableError("occurred_after_export")
    return min(told, exported_at)


def _was_there_when_erased(
    row: Row, last_shown: datetime | None, dumps: set[datetime]
) -> bool:
    """Whether a row is of somebody erased, and was not deleted before they asked."""
    erased_at = row.get("erased_at")
    if erased_at is None or last_shown is None:
        return False
    missing_since = min((dump for dump in dumps if dump > last_shown), default=None)
    return missing_since is None or missing_since > erased_at


def _places(
    name: str, raw_rows: list[dict[str, str]], exports: Exports
) -> Callable[[Row], int]:
    """The place of a change among all that are known of its lead, by their ids."""
    if name != "salesforce__lead_history":
        return lambda row: 0
    ids: dict[object, set[str]] = defaultdict(set)
    for raw in raw_rows:
        exported_at = read_instant(raw["_exported_at"], exports.zone)
        if exported_at and exported_at <= exports.as_of:
            lead_id = read_salesforce_id(raw["LeadId"], exports.zone)
            ids[lead_id].add(read_salesforce_id(raw["Id"], exports.zone) or "")
    return lambda row: sorted(ids[row["lead_id"]]).index(row["change_id"]) + 1


def _read_row(table: Table, raw: dict[str, str], zone: ZoneInfo) -> Row:
    return {
        ours: read(raw[column] or "", zone)
        for column, (ours, read) in table.columns.items()
    }


def _age(row: Row) -> tuple:
    """Sorts the newest row last: by its export, its change, its content."""
    modified_at = row.get("modified_at")
    return (
        row["exported_at"],
        modified_at is not None,
        modified_at or LONG_AGO,
        row["content_hash"],
    )


def _content_hash(raw: dict[str, str]) -> str:
    values = [
        value or "" for column, value in raw.items() if column not in LOADER_COLUMNS
    ]
    return hashlib.md5("|".join(values).encode(), usedforsecurity=False).hexdigest()


def grouped(rows: list[Row], column: str) -> dict[object, list[Row]]:
    """The rows by the value of a column."""
    groups: dict[object, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row[column]].append(row)
    return groups
