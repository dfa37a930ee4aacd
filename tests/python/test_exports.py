"""From files to staging: what is read, what is held back, and what stops the build.

Many cases share one folder and one call of dbt; each test looks at its own rows.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from conftest import PROJECT, Dbt, MakeDbt, failures
from exports_builder import COLUMNS, LOADER_COLUMNS

EXPORTED_AT = "2026-12-01T06:00:00Z"
LATER = "2026-12-08T06:00:00Z"

Row = Mapping[str, str]


def with_loader_columns(rows: Iterable[Row], file: str) -> list[dict[str, str]]:
    """The rows with when and where they were exported, as far as they do not say."""
    return [
        {"_exported_at": EXPORTED_AT, "_source_file": file, "_row_number": str(number)}
        | dict(row)
        for number, row in enumerate(rows, start=1)
    ]


def csv_text(
    rows: Iterable[Row],
    columns: Iterable[str],
    delimiter: str = ",",
    line_end: str = "\n",
) -> str:
    """The rows as a CSV file with a header."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(
        text, tuple(columns), delimiter=delimiter, lineterminator=line_end
    )
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def write_table(folder: Path, table: str, *rows: Row, suffix: str = "") -> Path:
    """One CSV file of a table, with every column of its system."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"raw_{table}{suffix}.csv"
    columns = (*COLUMNS[table], *LOADER_COLUMNS)
    path.write_text(
        csv_text(with_loader_columns(rows, path.name), columns),
        encoding="utf-8",
        newline="",
    )
    return path


def write_headers(folder: Path, but: Iterable[str] = ()) -> None:
    """A file with the header alone for every table but some."""
    for table in COLUMNS:
        if table not in but:
            write_table(folder, table)


# What a text is read as


READINGS: dict[str, dict[str, Any]] = {
    "parse_instant": {
        # Three instants that differ in nothing but their offset.
        "2026-10-25T02:30:00+02:00": "2026-10-25 00:30:00+00",
        "2026-10-25T02:30:00+01:00": "2026-10-25 01:30:00+00",
        "2026-10-25T02:30:00Z": "2026-10-25 02:30:00+00",
        # The hour that comes twice, and the one that is left out.
        "2026-10-25T02:30": "2026-10-25 01:30:00+00",
        "2027-03-28T02:30": "2027-03-28 01:30:00+00",
        "2026-11-01 09:00:05": "2026-11-01 08:00:05+00",
        "2026-07-01 09:00": "2026-07-01 07:00:00+00",
        # As Salesforce, Parquet and a database write it.
        "2026-10-31T23:30:00.000+0000": "2026-10-31 23:30:00+00",
        "2026-10-31 23:30:00+00": "2026-10-31 23:30:00+00",
        "2026-10-31 23:30:00.999 UTC": "2026-10-31 23:30:00+00",
        "2026-10-31T23:30+05:30": "2026-10-31 18:00:00+00",
        " 2026-10-31T23:30:00Z ": "2026-10-31 23:30:00+00",
        # HubSpot's milliseconds.
        "1792888200999": "2026-10-25 00:30:00+00",
        # A day alone is its last second.
        "2026-10-25": "2026-10-25 22:59:59+00",
        "2026-02-30": None,
        "2026-02-30T10:00:00Z": None,
        "2026-10-31T25:00:00Z": None,
        "03/04/2026": None,
        "03-04-2026 10:00": None,
        "2026-10-31 and more": None,
        "1792888200": None,
        "soon": None,
        "": None,
        "--": None,
    },
    "parse_date": {
        "2026-10-31": "2026-10-31",
        " 2026-10-31 ": "2026-10-31",
        "2026-10-31 00:00:00": "2026-10-31",
        "2026-10-31T23:30:00Z": "2026-11-01",
        "2026-02-30": None,
        "2026-2-3": None,
        "31-10-2026": None,
        "n/a": None,
    },
    "parse_decimal": {
        "1234.56": "1234.56",
        "1,234.56": "1234.56",
        "1.234,56": "1234.56",
        "1 234,56": "1234.56",
        "1\u00a0234,56": "1234.56",
        "-1.234.567,8": "-1234567.80",
        "1.234.567": "1234567.00",
        "1,234": "1234.00",
        "1,23": "1.23",
        "0,123": "0.12",
        "12": "12.00",
        "+.5": "0.50",
        "1.5e3": "1500.00",
        "0.005": "0.01",
        "12,34.5": None,
        "1.2.3": None,
        "12 EUR": None,
        "99999999999999999999": None,
        "--": None,
        "NA": None,
        "": None,
    },
    "parse_integer": {
        "00123": "123",
        "1234.0": "1234",
        "1.234": "1234",
        "1,234": "1234",
        "1.234.567": "1234567",
        "12.5": None,
        "1,23": None,
        "many": None,
        "null": None,
    },
    "parse_head_count": {
        "250": "250",
        "100-500": "100",
        "1000+": "1000",
        "1.234": "1234",
        "1-2-3": None,
    },
    "parse_boolean": {
        "true": "true",
        "TRUE": "true",
        " Ja ": "true",
        "y": "true",
        "1": "true",
        "t": "true",
        "Yes": "true",
        "false": "false",
        "nee": "false",
        "N": "false",
        "0": "false",
        "f": "false",
        "no": "false",
        "perhaps": None,
        "": None,
    },
    "normalise_email": {
        "A@X.nl": "a@x.nl",
        " a@x.nl\u00a0": "a@x.nl",
        "a@\u200bx.nl\ufeff": "a@x.nl",
        "re\u0301ne\u0301e@x.nl": "r\u00e9n\u00e9e@x.nl",
        "R\u00c9N\u00c9E@X.NL": "r\u00e9n\u00e9e@x.nl",
        # These are other addresses, and stay so.
        "jan+news@x.nl": "jan+news@x.nl",
        "j.an@gmail.com": "j.an@gmail.com",
        "ann": None,
        "ann@": None,
        "ann@x.nl, bob@x.nl": None,
        "a@b@c": None,
        "n/a": None,
    },
    "parse_email_list": {
        "B@x.nl; a@x.nl ;b@x.nl": "[a@x.nl, b@x.nl]",
        "a@x.nl;nobody": "[a@x.nl]",
        "": "[]",
    },
    "is_email_list": {
        "a@x.nl;b@x.nl": "true",
        "a@x.nl;": "true",
        "a@x.nl;nobody": "false",
    },
    "salesforce_id": {
        "00Q000000000ann": "00Q000000000ann",
        "00Q000000000annAAA": "00Q000000000ann",
        " 00Q000000000Ann ": "00Q000000000Ann",
        "": None,
    },
    "changed_value": {
        "005000000000samAAA": "005000000000sam",
        "00G000000000que": "00G000000000que",
        "Self-generated leads": "Self-generated leads",
        "eighteen-character": "eighteen-character",
        "": None,
    },
    "is_given": {
        "0": "true",
        "many": "true",
        "-----": "true",
        " none ": "false",
        "null ": "false",
        " N/A": "false",
        "  --": "false",
        "     ": "false",
        "": "false",
    },
    "text": {
        "  x ": "x",
        "x ": "x",
        " x": "x",
        "x y": "x y",
        # Nobody is renamed to nothing.
        "None": "None",
        "NA": "NA",
        "": None,
        "  ": None,
    },
}


@pytest.fixture(scope="module")
def readings(make_dbt: MakeDbt) -> dict[str, dict[str, Any]]:
    """What each macro makes of each of its texts, from one call of dbt."""
    queries = [
        f"select raw, cast({{{{ {macro}('raw') }}}} as varchar) from texts"
        f" where macro = '{macro}'"
        for macro in READINGS
    ]
    compiled = make_dbt()(
        "compile",
        "--inline",
        "\n-- next\n".join(["{{ create_reading_functions() }}", *queries]),
    )
    functions, *queries = compiled.result.results[0].node.compiled_code.split("-- next")
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(functions)
        connection.execute("create table texts (macro varchar, raw varchar)")
        connection.executemany(
            "insert into texts values (?, ?)",
            [[macro, raw] for macro, texts in READINGS.items() for raw in texts],
        )
        return {
            macro: dict(connection.execute(query).fetchall())
            for macro, query in zip(READINGS, queries, strict=True)
        }


@pytest.mark.parametrize("macro", READINGS)
def test_texts_are_read_by_value(
    readings: dict[str, dict[str, Any]], macro: str
) -> None:
    assert readings[macro] == READINGS[macro]


# Files that cannot be read


def write_refused_files(folder: Path) -> None:
    """A folder in which every file but one is wrong in its own way."""
    write_headers(folder, but=("salesforce__task",))

    def replace(table: str, content: str | bytes) -> None:
        path = folder / f"raw_{table}.csv"
        path.write_bytes(
            content if isinstance(content, bytes) else content.encode("utf-8")
        )

    def header(table: str) -> str:
        return (folder / f"raw_{table}.csv").read_text(encoding="utf-8")

    contacts = header("hubspot__contacts")
    replace("hubspot__contacts", contacts.replace(",lastmodifieddate", ""))
    leads = header("salesforce__lead")
    replace("salesforce__lead", leads.replace(",Email,", ",E-mail,"))
    replace(
        "finance__contracts", "C1,006000000000dea,2026-11-02,ann@firm.nl,EUR,x,y,1\n"
    )
    replace("finance__fx_rates", header("finance__fx_rates").replace(",", ";"))
    linkedin = header("linkedin_ads__campaign_daily")
    replace("linkedin_ads__campaign_daily", linkedin.replace(",", "\t"))
    meta = header("meta_ads__campaign_daily")
    replace("meta_ads__campaign_daily", meta.encode("utf-16"))
    replace("hubspot__forms", b"")
    social = header("social__interactions")
    replace("social__interactions", social.replace(",_exported_at", ""))
    account = header("salesforce__account")
    line = "001000000000acc,false,,Caf\u00e9" + "," * (account.count(",") - 3)
    replace("salesforce__account", account.encode() + line.encode("cp1252"))
    campaign = header("salesforce__campaign")
    replace("salesforce__campaign", campaign.replace(",Name,", ',"Na\nme",'))
    user = header("salesforce__user")
    replace("salesforce__user", user + "005000000000sam,Sam,sam@firm.nl\n")
    (folder / "raw_google_ads__campaign_daily.csv").unlink()
    pq.write_table(
        pa.table({"segments_date": ["2026-11-02"], "_exported_at": [EXPORTED_AT]}),
        folder / "raw_google_ads__campaign_daily.parquet",
    )


@pytest.fixture(scope="module")
def refusals(
    make_dbt: MakeDbt, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """The message with which each base model refused its files."""
    readable = tmp_path_factory.mktemp("readable")
    write_headers(readable)
    folder = tmp_path_factory.mktemp("refused")
    write_refused_files(folder)
    # Who is erased is read from many files, and stops at the first that is wrong; it is
    # there already, so that every base model tells of its own.
    project = make_dbt(exports_dir=readable, as_of=EXPORTED_AT)
    project(
        *("build", "--exclude-resource-type", "unit_test", "test"),
        *("--select", "+base_privacy__erased_keys"),
    )
    project.exports_dir = folder
    outcome = project(
        *("run", "--select", "as_of", "path:models/staging/*/base"),
        *("--exclude", "base_privacy__erased_keys"),
        ok=False,
    )
    assert not outcome.success
    assert outcome.result is not None
    # A view is made without reading a row, so that some faults need a reader.
    return {
        result.node.name: " ".join(str(result.message).split())
        for result in outcome.result.results
        if str(result.status) == "error"
    }


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (
            "base_hubspot__contacts",
            (
                "Table raw_hubspot__contacts",
                "raw_hubspot__contacts.csv has no column lastmodifieddate",
                "Columns found: hs_object_id, email, hs_additional_emails",
            ),
        ),
        (
            "base_salesforce__leads",
            (
                "raw_salesforce__lead.csv has no column Email;",
                "LastName, E-mail, Phone",
            ),
        ),
        (
            "base_finance__contracts",
            (
                "raw_finance__contracts.csv has no column contract_id, opportunity_id",
                "is the header missing?",
                "Columns found: C1, 006000000000dea, 2026-11-02, (an e-mail address)",
            ),
        ),
        (
            "base_finance__fx_rates",
            (
                "raw_finance__fx_rates.csv is separated by semicolons",
                "Columns found: rate_date, currency, eur_per_unit",
            ),
        ),
        (
            "base_linkedin_ads__campaign_days",
            ("raw_linkedin_ads__campaign_daily.csv is separated by tabs",),
        ),
        (
            "base_meta_ads__campaign_days",
            ("raw_meta_ads__campaign_daily.csv is UTF-16",),
        ),
        ("base_hubspot__forms", ("raw_hubspot__forms.csv is empty",)),
        (
            "base_social__interactions",
            ("raw_social__interactions.csv has no column _exported_at",),
        ),
        (
            "base_salesforce__accounts",
            ("raw_salesforce__account.csv", "Line: 2", "not utf-8 encoded"),
        ),
        (
            "base_salesforce__campaigns",
            ("raw_salesforce__campaign.csv has a header of more than one line",),
        ),
        (
            "base_salesforce__users",
            ("raw_salesforce__user.csv", "Line: 2", "Expected Number of Columns"),
        ),
        (
            "base_google_ads__campaign_days",
            (
                "raw_google_ads__campaign_daily.parquet has no column campaign_id,",
                "Columns found: segments_date, _exported_at.",
            ),
        ),
        (
            "base_salesforce__tasks",
            (
                "Table raw_salesforce__task: no file raw_salesforce__task*.csv or "
                "raw_salesforce__task*.parquet in ",
            ),
        ),
    ],
)
def test_a_file_that_cannot_be_read_stops_the_build_and_is_named(
    refusals: dict[str, str], model: str, said: tuple[str, ...]
) -> None:
    assert model in refusals
    for part in said:
        assert part in refusals[model]


def test_files_that_can_be_read_stop_nothing(refusals: dict[str, str]) -> None:
    assert len(refusals) == 13
    # Optional, or complete with a header alone.
    assert "base_privacy__consents" not in refusals
    assert "base_salesforce__lead_changes" not in refusals


def test_who_is_erased_is_never_read_from_a_file_with_a_fault(
    make_dbt: MakeDbt, tmp_path: Path
) -> None:
    write_refused_files(tmp_path)
    project = make_dbt(exports_dir=tmp_path, as_of=EXPORTED_AT)
    outcome = project("run", "--select", "+base_privacy__erased_keys", ok=False)
    (refused,) = failures(outcome)
    assert "raw_hubspot__contacts.csv has no column lastmodifieddate" in refused


def test_an_as_of_without_an_offset_is_refused(
    make_dbt: MakeDbt, tmp_path: Path
) -> None:
    write_headers(tmp_path)
    project = make_dbt(exports_dir=tmp_path, as_of="2026-12-01T06:00:00")
    outcome = project("run", "--select", "as_of", ok=False)
    assert not outcome.success
    assert "must be an instant with its offset" in str(
        outcome.exception or outcome.result.results[0].message
    )


# Files that can be read, however odd


def lead(name: str, **columns: str) -> dict[str, str]:
    """A row of a Salesforce lead that is fine but for the columns given."""
    return {
        "Id": "00Q" + name.rjust(12, "0"),
        "Email": f"{name}@firm.nl",
        "Status": "Open",
        "CreatedDate": "2026-11-01T08:00:00.000+0000",
        "LastModifiedDate": "2026-11-01T08:00:00.000+0000",
    } | columns


LEADS = (
    lead("twice"),
    lead("twice"),
    lead("older", Title="old", LastModifiedDate="2026-11-02T08:00:00Z"),
    lead("older", Title="new", LastModifiedDate="2026-11-03T08:00:00Z"),
    lead("clash", Title="one"),
    lead("clash", Title="two"),
    lead("later", Title="a later change", LastModifiedDate="2026-11-30T08:00:00Z"),
    lead("later", Title="a later export", _exported_at=LATER),
    lead("short", Id="00Q000000short1AAA", IsDeleted="Nee", IsConverted="ja"),
    lead("wordy", NumberOfEmployees="many"),
    lead("mail", Email="ann at firm.nl"),
    lead("when", LastModifiedDate="yesterday"),
    lead("nothing", NumberOfEmployees="N/A", LastName="None", Email="--"),
    lead("", Id=" "),
    lead("export", _exported_at="last week"),
    lead("kept", Title="readable"),
    lead("kept", NumberOfEmployees="12,5 or so", _exported_at=LATER),
    lead("erased"),
    lead("erased", NumberOfEmployees="a secret", _exported_at=LATER),
    lead("bystander", _exported_at=LATER),
    *(
        lead(name, CreatedDate=at, LastModifiedDate=at, _exported_at=LATER)
        for name, at in (
            ("ahead", "2026-12-08T06:05:00Z"),
            ("beyond", "2026-12-08T06:05:01Z"),
            ("today", "2026-12-08"),
            ("tomorrow", "2026-12-09"),
        )
    ),
)

FORM_ANSWERS = {
    "months": json.dumps(
        {"callback_months": "4", "message": 'Bel me \U0001f600,\r\nliefst "later"'},
        ensure_ascii=False,
    ),
    "plain": '{"message": "Hello"}',
    "broken": '{"callback_months": 4',
    "word": '{"callback_months": "four"}',
    "empty": "",
}


def write_odd_files(folder: Path) -> None:
    """A folder of all that is strange but fine, and of rows that are held back."""
    write_headers(
        folder,
        but=(
            "salesforce__lead",
            "hubspot__form_submissions",
            "web__pages",
            "google_ads__campaign_daily",
            "hubspot__forms",
            "finance__credit_notes",
            "privacy__consents",
        ),
    )
    # Columns that were added and moved, in another case.
    columns = ("Score__c", *reversed((*COLUMNS["salesforce__lead"], *LOADER_COLUMNS)))
    leads = csv_text(with_loader_columns(LEADS, "leads"), columns)
    (folder / "raw_salesforce__lead.csv").write_text(
        leads.replace("Rejection_Reason__c", "REJECTION_REASON__C"), encoding="utf-8"
    )
    # As a spreadsheet saves it: a byte order mark and its own line ends.
    forms = [
        {
            "conversion_id": name,
            "form_id": "F1",
            "email": "ann@firm.nl",
            "submitted_at": "2026-10-31T23:30:00Z",
            "values": answers,
            "page_url": "https://firm.nl/a\r\nb",
        }
        for name, answers in FORM_ANSWERS.items()
    ]
    (folder / "raw_hubspot__form_submissions.csv").write_bytes(
        codecs.BOM_UTF8
        + csv_text(
            with_loader_columns(forms, "forms"),
            (*COLUMNS["hubspot__form_submissions"], *LOADER_COLUMNS),
            line_end="\r\n",
        ).encode()
    )
    # Several files, in folders, of two kinds, which overlap.
    view = {
        "anonymous_id": "v1",
        "timestamp": "2026-11-02T09:00:00Z",
        "path": "/unheard-of/page",
        "context_campaign_source": "carrier pigeon",
    }
    old = folder / "2026" / "10"
    write_table(old, "web__pages", {"id": "p1"} | view, {"id": "p2"} | view)
    newer = [{"id": page} | view for page in ("p2", "p3", "p3")]
    newer.append(
        {"id": "p6", "anonymous_id": "v2", "timestamp": "2026-12-01T06:05:00Z"}
    )
    write_table(folder, "web__pages", *newer, suffix="-2")
    pq.write_table(
        pa.table(
            {
                "id": ["p4", "p5"],
                "anonymous_id": ["v2", "v2"],
                "timestamp": pa.array(
                    [
                        datetime(2026, 10, 25, 0, 30, 0, 999, tzinfo=UTC),
                        datetime(2036, 10, 25, tzinfo=UTC),
                    ],
                    pa.timestamp("us", tz="UTC"),
                ),
            }
            | {
                column: pa.nulls(2, pa.string())
                for column in COLUMNS["web__pages"]
                if column not in ("id", "anonymous_id", "timestamp")
            }
            | {"_exported_at": pa.array([datetime(2026, 12, 1, 6, tzinfo=UTC)] * 2)}
        ),
        folder / "raw_web__pages.parquet",
    )
    pq.write_table(
        pa.table(
            {
                "segments_date": pa.array([date(2026, 11, 2)] * 2),
                "campaign_id": pa.array([17, None], pa.int64()),
                "campaign_name": ["Search", "Total: account"],
                "customer_currency_code": ["eur", "EUR"],
                "metrics_cost_micros": pa.array([1_234_567_891, 1_234_567_891]),
                "metrics_impressions": pa.array([1000.0, 1000.0]),
                "metrics_clicks": ["--", "0"],
                "metrics_conversions": pa.array([Decimal("1.5"), Decimal("1.5")]),
                "_exported_at": [EXPORTED_AT, EXPORTED_AT],
            }
        ),
        folder / "raw_google_ads__campaign_daily.PARQUET",
    )
    # Files without the columns that can be known from them.
    for name, some in (("old", ("F1", "F2")), ("new", ("F3",))):
        rows = "\n".join(f"{EXPORTED_AT},{form},Demo,demo" for form in some)
        (folder / f"raw_hubspot__forms_{name}.csv").write_text(
            f"_exported_at,form_id,name,form_type\n{rows}", encoding="utf-8"
        )
    write_table(
        folder,
        "meta_ads__campaign_daily",
        *(
            {
                "reporting_starts": "2026-11-01",
                "reporting_ends": last_day,
                "campaign_id": campaign,
                "account_currency": "EUR",
                "amount_spent": "1.234,56",
            }
            for campaign, last_day in (
                ("1", "2026-11-01"),
                ("2", "2026-11-30"),
                ("", "2026-11-01"),
            )
        ),
    )
    write_table(
        folder,
        "hubspot__contacts",
        *(
            {
                "hs_object_id": key,
                "email": f"{key}@firm.nl",
                "hs_additional_emails": "Other@Firm.nl;other@firm.nl",
                "numemployees": "100-500",
                "createdate": "1792888200000",
                "_exported_at": exported_at,
            }
            for key, exported_at in (
                ("00123", EXPORTED_AT),
                ("gone", EXPORTED_AT),
                ("00123", LATER),
            )
        ),
        {"hs_object_id": "bad", "createdate": "1792888200000", "email": "a@b.nl"},
        # Still there, though it can no longer be read.
        {
            "hs_object_id": "bad",
            "createdate": "1792888200000",
            "email": "a b.nl",
            "_exported_at": LATER,
        },
    )
    write_table(
        folder,
        "finance__fx_rates",
        {"rate_date": "2026-11-02", "currency": "GBP", "eur_per_unit": "1,163"},
        {"rate_date": "2026-11-02", "currency": "USD", "eur_per_unit": "0.86300001"},
    )
    write_table(
        folder,
        "finance__contracts",
        *(
            {
                "contract_id": day,
                "opportunity_id": "006000000000one",
                "signed_on": day,
                "amount": "100.00",
                "currency": "EUR",
            }
            for day in ("2026-12-01", "2026-12-02")
        ),
    )
    write_table(
        folder,
        "privacy__erasure_requests",
        {
            "request_id": "E1",
            "subject_email": "erased@firm.nl",
            "requested_at": "2026-11-20T09:00:00Z",
        },
    )
    write_table(
        folder,
        "salesforce__lead_history",
        {
            "Id": "017000000000one",
            "LeadId": "00Q000000twice",
            "Field": "Status",
            "NewValue": "Sleeping",
            "CreatedDate": "2026-11-02T09:00:00Z",
        },
    )


class Warehouse:
    """Staging and the marts of its quality, built from a folder."""

    def __init__(self, project: Dbt) -> None:
        self.project = project
        outcome = project(
            "build",
            *("--exclude-resource-types", "test", "unit_test"),
            *("--select", "path:models/staging", "+quarantined_rows"),
            *("+unmapped_values", "dates"),
        )
        self.output = (project.root / "logs" / "dbt.log").read_text(encoding="utf-8")
        assert outcome.success

    def held_back(self, table: str) -> dict[str | None, str]:
        """Natural key -> reason of the rows of a table that are held back."""
        return dict(
            self.project.sql(
                "select natural_key, reason from marts.quarantined_rows"
                f" where source_system || '__' || source_table = '{table}'"
            )
        )

    def content(self) -> dict[str, list[tuple[Any, ...]]]:
        """Rows of all staging models and marts, but for where they were found."""
        found_in = {"_source_file", "_row_number", "source_file", "row_number"}
        tables = self.project.sql(
            "select table_schema, table_name, list(column_name order by column_name)"
            " from information_schema.columns"
            " where table_name like 'stg_%' or table_name in"
            " ('quarantined_rows', 'unmapped_values', 'as_of') group by all"
        )
        return {
            name: self.project.sql(
                f"select {', '.join(sorted(set(columns) - found_in))}"
                f" from {schema}.{name} order by all"
            )
            for schema, name, columns in tables
        }


@pytest.fixture(scope="module")
def odd_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("odd")
    write_odd_files(folder)
    return folder


@pytest.fixture(scope="module")
def odd(make_dbt: MakeDbt, odd_folder: Path) -> Warehouse:
    """The warehouse of the folder that `write_odd_files` writes."""
    return Warehouse(make_dbt(exports_dir=odd_folder))


def test_as_of_is_the_newest_export(odd: Warehouse) -> None:
    assert odd.project.sql("select * from utilities.as_of") == [
        (datetime(2026, 12, 8, 6, tzinfo=UTC), date(2026, 12, 8))
    ]


def test_scenario_8_of_copies_and_versions_the_newest_is_kept(odd: Warehouse) -> None:
    titles = dict(
        odd.project.sql(
            "select split_part(email, '@', 1), title from staging.stg_salesforce__leads"
        )
    )
    assert titles["twice"] is None
    assert titles["older"] == "new"
    assert titles["later"] == "a later export"
    assert titles["kept"] == "readable"
    assert odd.project.sql(
        "select count(*) from staging.stg_salesforce__leads"
        " where lead_id = '00Q0000000twice'"
    ) == [(1,)]


def test_scenario_8_of_a_contradiction_the_greater_hash_is_kept(
    odd: Warehouse,
) -> None:
    (kept,), (lost,) = odd.project.sql(
        "select title from staging.base_salesforce__leads"
        " where lead_id = '00Q0000000clash' order by _row_hash desc"
    )
    assert {kept, lost} == {"one", "two"}
    assert odd.project.sql(
        "select title from staging.stg_salesforce__leads"
        " where lead_id = '00Q0000000clash'"
    ) == [(kept,)]
    assert odd.held_back("salesforce__lead")["00Q0000000clash"] == (
        "conflicting_duplicate"
    )
    # A copy, or another version, contradicts nothing.
    for name in ("twice", "older", "later"):
        assert "00Q" + name.rjust(12, "0") not in odd.held_back("salesforce__lead")


def test_rows_that_cannot_be_read_are_held_back_with_their_reason(
    odd: Warehouse,
) -> None:
    assert odd.held_back("salesforce__lead") == {
        "00Q0000000clash": "conflicting_duplicate",
        "00Q0000000wordy": "employees_unreadable",
        "00Q00000000mail": "email_unreadable",
        "00Q00000000when": "modified_at_unreadable",
        "00Q00000000kept": "employees_unreadable",
        "00Q000000export": "_exported_at_unreadable",
        "00Q000000beyond": "occurred_after_export",
        "00Q0000tomorrow": "occurred_after_export",
        "": "lead_id_missing",
        # Of the lead that asked to be erased.
        None: "erased_subject",
    }
    assert odd.project.rows(
        "select column_name, raw_value, source_file, row_number, exported_at, is_fault"
        " from marts.quarantined_rows where reason = 'modified_at_unreadable'"
    ) == [
        {
            "column_name": "LastModifiedDate",
            "raw_value": "yesterday",
            "source_file": "leads",
            "row_number": 12,
            "exported_at": datetime(2026, 12, 1, 6, tzinfo=UTC),
            "is_fault": True,
        }
    ]


def test_a_fault_in_the_row_of_an_erased_person_shows_nothing_of_it(
    odd: Warehouse,
) -> None:
    assert odd.project.sql(
        "select column_name, raw_value, source_table from marts.quarantined_rows"
        " where natural_key is null"
    ) == [(None, None, "lead")]


def test_every_exported_row_is_kept_or_held_back(odd: Warehouse) -> None:
    kept = odd.project.sql("select lead_id from staging.stg_salesforce__leads")
    held_back = odd.held_back("salesforce__lead").keys() - {None}
    expected = {row["Id"][:15].strip() for row in LEADS}
    expected.remove("00Q000000erased")
    found = {key for (key,) in kept} | held_back
    assert expected < found
    (hidden,) = found - expected
    assert hidden.startswith("00Qerased-")


def test_nothing_in_its_many_spellings(odd: Warehouse) -> None:
    assert odd.project.sql(
        "select email, employees, last_name from staging.stg_salesforce__leads"
        " where lead_id = '00Q00000nothing'"
    ) == [(None, None, "None")]


def test_flags_in_dutch_and_ids_of_eighteen_characters(odd: Warehouse) -> None:
    assert odd.project.sql(
        "select is_deleted_in_crm, is_converted from staging.stg_salesforce__leads"
        " where lead_id = '00Q000000short1'"
    ) == [(False, True)]


def test_a_spreadsheets_file_is_read_to_the_letter(odd: Warehouse) -> None:
    assert odd.project.sql(
        "select submission_id, callback_months, message, page_url"
        " from staging.stg_hubspot__form_submissions order by submission_id"
    ) == [
        ("empty", None, None, "https://firm.nl/a\r\nb"),
        (
            "months",
            4,
            'Bel me \U0001f600,\r\nliefst "later"',
            "https://firm.nl/a\r\nb",
        ),
        ("plain", None, "Hello", "https://firm.nl/a\r\nb"),
    ]
    assert odd.held_back("hubspot__form_submissions") == {
        "broken": "values_unreadable",
        "word": "values_unreadable",
    }


def test_scenario_22_an_event_belongs_to_its_local_day(odd: Warehouse) -> None:
    assert odd.project.sql(
        "select distinct dates.month_label"
        " from staging.stg_hubspot__form_submissions as submissions"
        " inner join utilities.dates as dates"
        " on cast(timezone('Europe/Amsterdam', submissions.occurred_at) as date)"
        " = dates.date_day"
    ) == [("2026-11",)]


def test_several_files_of_both_kinds_are_one_table(odd: Warehouse) -> None:
    assert odd.project.sql(
        "select page_view_id, occurred_at, _source_file, _row_number"
        " from staging.stg_web__page_views order by page_view_id"
    ) == [
        ("p1", datetime(2026, 11, 2, 9, tzinfo=UTC), "raw_web__pages.csv", 1),
        ("p2", datetime(2026, 11, 2, 9, tzinfo=UTC), "raw_web__pages-2.csv", 1),
        ("p3", datetime(2026, 11, 2, 9, tzinfo=UTC), "raw_web__pages-2.csv", 2),
        ("p4", datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "raw_web__pages.parquet", 1),
        ("p6", datetime(2026, 12, 1, 6, tzinfo=UTC), "raw_web__pages-2.csv", 4),
    ]


def test_the_largest_file_of_a_table_is_listed_first(odd: Warehouse) -> None:
    """The engine takes all to be as long as the first, and plans by that."""
    [(view,)] = odd.project.sql(
        "select sql from duckdb_views() where view_name = 'base_web__page_views'"
    )
    listed = [Path(file) for file in re.findall(r"'([^']+[.]csv)'", view)]
    sizes = [file.stat().st_size for file in listed]
    assert listed != sorted(listed)
    assert sizes == sorted(sizes, reverse=True)


def test_scenario_24_what_lies_after_its_own_export_is_held_back(
    odd: Warehouse,
) -> None:
    assert odd.held_back("web__pages") == {"p5": "occurred_after_export"}
    assert odd.project.sql(
        "select column_name, raw_value from marts.quarantined_rows"
        " where natural_key = 'p5'"
    ) == [("timestamp", "2036-10-25 00:00:00+00")]


def test_scenario_24_what_lies_a_little_later_is_put_at_the_export(
    odd: Warehouse,
) -> None:
    assert odd.project.sql(
        "select lead_id, created_at from staging.stg_salesforce__leads"
        " where lead_id in ('00Q0000000ahead', '00Q0000000today') order by all"
    ) == [
        ("00Q0000000ahead", datetime(2026, 12, 8, 6, tzinfo=UTC)),
        ("00Q0000000today", datetime(2026, 12, 8, 6, tzinfo=UTC)),
    ]


def test_scenario_24_a_day_that_began_after_its_export_is_held_back(
    odd: Warehouse,
) -> None:
    assert odd.held_back("finance__contracts") == {
        "2026-12-02": "occurred_after_export"
    }
    assert odd.project.sql(
        "select contract_id from staging.stg_finance__contracts"
    ) == [("2026-12-01",)]


def test_typed_columns_of_parquet_are_read_as_texts_are(odd: Warehouse) -> None:
    assert odd.project.sql(
        "select platform_campaign_id, spend_date, currency, cost, impressions, clicks,"
        " platform_conversions from staging.stg_google_ads__campaign_days"
    ) == [
        (
            "17",
            date(2026, 11, 2),
            "EUR",
            Decimal("1234.567891"),
            1000,
            None,  # not stated
            Decimal("1.500000"),
        )
    ]


def test_totals_and_long_periods_do_not_count_as_spend(odd: Warehouse) -> None:
    assert odd.held_back("google_ads__campaign_daily") == {"2026-11-02": "summary_row"}
    assert odd.held_back("meta_ads__campaign_daily") == {
        "2|2026-11-01": "period_not_a_day",
        "2026-11-01": "summary_row",
    }
    assert odd.project.sql(
        "select sum(cost) from staging.stg_meta_ads__campaign_days"
    ) == [(Decimal("1234.560000"),)]
    assert odd.project.sql(
        "select distinct is_fault from marts.quarantined_rows"
        " where reason = 'summary_row'"
    ) == [(False,)]


def test_a_rate_with_a_decimal_comma_is_no_thousand(odd: Warehouse) -> None:
    assert odd.project.sql(
        "select currency, eur_per_unit from staging.stg_finance__fx_rates order by all"
    ) == [("GBP", Decimal("1.16300000")), ("USD", Decimal("0.86300001"))]


def test_a_file_tells_its_name_and_order_itself(odd: Warehouse) -> None:
    assert odd.project.sql(
        "select form_id, _source_file, _row_number from staging.stg_hubspot__forms"
        " order by form_id"
    ) == [
        ("F1", "raw_hubspot__forms_old.csv", 1),
        ("F2", "raw_hubspot__forms_old.csv", 2),
        ("F3", "raw_hubspot__forms_new.csv", 1),
    ]


def test_what_a_later_dump_no_longer_has_is_deleted(odd: Warehouse) -> None:
    later = datetime(2026, 12, 8, 6, tzinfo=UTC)
    assert odd.project.sql(
        "select contact_id, employees, additional_emails, created_at, _is_deleted,"
        " _deleted_at from staging.stg_hubspot__contacts order by contact_id"
    ) == [
        (key, employees, others, datetime(2026, 10, 25, 0, 30, tzinfo=UTC), *deleted)
        for key, employees, others, deleted in (
            ("00123", 100, ["other@firm.nl"], (False, None)),
            ("bad", None, [], (False, None)),
            ("gone", 100, ["other@firm.nl"], (True, later)),
        )
    ]


def test_an_optional_table_without_a_file_is_empty(odd: Warehouse) -> None:
    for model in ("finance__credit_notes", "privacy__consents"):
        assert odd.project.sql(f"select count(*) from staging.stg_{model}") == [(0,)]


def test_a_value_without_a_mapping_is_listed_and_printed(odd: Warehouse) -> None:
    listed = odd.project.sql(
        "select mapping, value, row_count, latest_at from marts.unmapped_values"
        " order by mapping"
    )
    noon = datetime(2026, 11, 2, 9, tzinfo=UTC)
    assert listed == [
        ("channel_rules", "carrier pigeon / ", 3, noon),
        ("crm_lead_status_events", "Sleeping", 1, noon),
        ("page_groups", "/unheard-of", 3, noon),
    ]
    assert (
        "WARNING: seeds/mappings/crm_lead_status_events.csv does not know"
        ' "Sleeping" (rows: 1)'
    ) in odd.output


def test_order_copies_and_files_change_nothing(
    make_dbt: MakeDbt, odd: Warehouse, odd_folder: Path, tmp_path: Path
) -> None:
    for path in sorted(odd_folder.rglob("raw_*")):
        if path.suffix.lower() != ".csv":
            table = pq.read_table(path)
            pq.write_table(pa.concat_tables([table, table]), tmp_path / path.name)
            continue
        rows = list(
            csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline=""))
        )
        header, body = rows[0], rows[1:]
        # Reversed and split in two, with the middle rows in both.
        for part, some in enumerate((body[::-1], body[len(body) // 3 :])):
            folder = tmp_path / str(part)
            folder.mkdir(exist_ok=True)
            with (folder / path.name).open("w", encoding="utf-8", newline="") as lines:
                csv.writer(lines, lineterminator="\n").writerows([header, *some])
    again = Warehouse(make_dbt(exports_dir=tmp_path))
    before, after = odd.content(), again.content()
    assert before.keys() == after.keys()
    assert len(before) > len(COLUMNS)
    for name in before:
        assert after[name] == before[name], name


@pytest.fixture(scope="module")
def empty(make_dbt: MakeDbt, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The warehouse of a folder in which every file has nothing but its header."""
    folder = tmp_path_factory.mktemp("empty")
    write_headers(folder)
    return Warehouse(make_dbt(exports_dir=folder))


def test_scenario_64_headers_alone_build_an_empty_warehouse(empty: Warehouse) -> None:
    content = empty.content()
    assert content.pop("as_of") == [
        (datetime(1970, 1, 1, tzinfo=UTC), date(1970, 1, 1))
    ]
    assert all(rows == [] for rows in content.values())


# The tables, wherever they are listed


def yaml_of(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


SEEDS = {
    seed["name"]: seed
    for seed in yaml_of(PROJECT / "seeds" / "exports" / "_exports__seeds.yml")["seeds"]
}
SOURCES = {
    table["name"]: table
    for path in sorted((PROJECT / "models" / "staging").rglob("_*__sources.yml"))
    for source in yaml_of(path)["sources"]
    for table in source["tables"]
}


def names(columns: list[dict[str, str]]) -> list[str]:
    return [column["name"] for column in columns]


@pytest.mark.parametrize("table", COLUMNS)
def test_seeds_and_sources_list_the_same_columns(table: str) -> None:
    seed, source = SEEDS[f"raw_{table}"], SOURCES[f"raw_{table}"]
    every_column = [*COLUMNS[table], *LOADER_COLUMNS]
    assert names(seed["columns"]) == every_column
    assert seed["config"]["column_types"] == dict.fromkeys(every_column, "varchar")
    assert names(source["columns"]) == list(COLUMNS[table])
    is_optional = source.get("config", {}).get("meta", {}).get("optional", False)
    assert seed["config"]["meta"]["optional"] is is_optional


# They ask something of the rows of an export and keep none of them: when the last was,
# who is erased, which browsers there are.
ASKS_OF_ROWS = {
    "as_of",
    "base_privacy__erased_keys",
    "base_web__user_agents",
}
# Of many events, the rows that need a second look are read once more, and so are all
# others.
UNSETTLED = {
    "base_hubspot__email_events": "base_hubspot__unsettled_email_events",
    "base_web__page_views": "base_web__unsettled_page_views",
}
SETTLED = {"base_hubspot__settled_email_events", "base_web__settled_page_views"}


def test_every_raw_table_is_listed_and_read_once(manifest: dict[str, Any]) -> None:
    assert len(SEEDS) == len(SOURCES) == len(COLUMNS)
    readers = {
        parent.split(".")[-1]: node["name"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
        and node["name"] not in ASKS_OF_ROWS.union(UNSETTLED.values(), SETTLED)
        for parent in node["depends_on"]["nodes"]
        if parent.split(".")[-1] in SEEDS
    }
    assert readers.keys() == SEEDS.keys()
    (held_back,) = (
        node
        for node in manifest["nodes"].values()
        if node["name"] == "quarantined_rows"
    )
    assert {UNSETTLED.get(reader, reader) for reader in readers.values()} == {
        parent.split(".")[-1]
        for parent in held_back["depends_on"]["nodes"]
        if ".base_" in parent
    }
