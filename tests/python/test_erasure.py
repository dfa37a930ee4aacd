"""Somebody asks to be erased: nothing of them is left, and no figure moves.

Two people leave traces in every kind of export. Quirina is deleted by the company in
its systems; Wanda's old rows keep coming, and Wanda herself comes back. The exports are
built without the requests, as of the day before, and with them, three weeks later.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from conftest import Dbt, MakeDbt
from exports_builder import Exports, contact_id, lead_id, salesforce_id

BEFORE = "2027-03-15T06:00:00Z"
AFTER = "2027-04-05T06:00:00Z"
REQUESTED = "2027-03-15 12:00"
# From here on months were still open when the requests came.
OPEN_FROM = "2027-03-01"
TRACES = (
    "quirina",
    "zonneveldt",
    "traxxconsult",
    "0612345678",
    "kauwgombal",
    "wanda",
    "vanderwijk",
    "knikkerzak",
)


def describe_person(
    world: Exports, name: str, last_name: str, domain: str, secret: str
) -> list[str]:
    """A trace in every kind of export; the ids of the rows that tell of the person."""
    address = f"{name}@{domain}"
    names = {"firstname": name.title(), "lastname": last_name, "phone": "0612345678"}
    crm_names = {
        "FirstName": name.title(),
        "LastName": last_name,
        "Phone": "0612345678",
    }
    visitor, login = f"cookie-{name}", f"login-{name}"
    account = f"customer{name[0]}"
    world.page(
        visitor,
        "pricing",
        at="2026-10-01 10:00",
        referrer=f"https://www.search.example/?q={last_name}",
        source="google",
        medium="cpc",
    )
    world.row(
        "web__pages",
        {
            "id": f"page-{name}",
            "anonymous_id": visitor,
            "user_id": login,
            "timestamp": "2026-10-05T08:00:00Z",
            "url": f"https://www.onefunnel.example/pricing?email={address}&gclid=abc",
            "path": f"/pricing/{address}",
            "title": f"Welcome {last_name}",
            "context_campaign_term": last_name,
            "consent_state": "granted",
        },
    )
    rows = [f"page-{name}"]
    rows.append(world.identify(visitor, address, at="2026-10-05 10:30", user=login))
    world.contact(
        name,
        address,
        at="2026-10-05 11:00",
        employees=120,
        country="NL",
        company=f"{last_name} BV",
        additional_emails=f"{name}@home.example",
        salesforce_lead=name,
        **names,
    )
    world.contact(f"{name}2", f"{name}.2@{domain}", at="2026-10-06 11:00", **names)
    world.merge_contacts(name, f"{name}2", at="2026-10-07 11:00")
    world.lead(
        name,
        address,
        at="2026-10-08 10:00",
        company=f"{last_name} BV",
        Website=f"www.{domain}",
        **crm_names,
    )
    # A lead that could never be read, of which only the address tells whose it is.
    world.row(
        "salesforce__lead",
        {
            "Id": lead_id(f"{name}bad"),
            "Email": address,
            "Status": "New",
            "CreatedDate": "2026-10-08T08:00:00Z",
            "LastModifiedDate": "2026-10-08T08:00:00Z",
            "NumberOfEmployees": f"ask {last_name}",
        },
    )
    rows.append(
        world.form(
            "demo_request",
            address,
            at="2026-10-09 10:00",
            contact=name,
            visitor=visitor,
            message=secret,
        )
    )
    rows.append(world.email_event("CLICK", address, at="2026-10-09 10:30"))
    rows.append(world.social("direct_message", address, at="2026-10-09 10:45"))
    world.row(
        "social__interactions",
        {
            "interaction_id": f"social-{name}",
            "platform": "linkedin",
            "account_identity": "brand",
            "interaction_kind": "comment",
            "profile_url": f"https://linkedin.example/in/{name}",
            "email": address,
            "occurred_at": "2026-10-09T09:00:00Z",
        },
    )
    rows.append(f"social-{name}")
    rows.append(world.assign(name, "sam", at="2026-10-09 11:00"))
    rows.append(world.task(name, by="sam", at="2026-10-09 11:30"))
    world.row(
        "salesforce__task",
        {"Id": rows[-1], "Subject": f"Call {last_name}, {secret}"},
    )
    rows.append(world.accept(name, by="sam", at="2026-10-09 12:00"))
    rows.append(world.lead_event(name, "qualified", at="2026-10-09 15:00", by="sam"))
    world.row(
        "salesforce__lead_history",
        {
            "Id": salesforce_id("change", f"phone{name}"),
            "LeadId": lead_id(name),
            "Field": "Phone",
            "OldValue": "0612345678",
            "NewValue": f"0612345678 {last_name}",
            "CreatedDate": "2026-10-09T12:00:00Z",
        },
    )
    world.account(account, at="2026-10-10 10:00")
    world.crm_contact(
        name,
        address,
        at="2026-10-10 10:00",
        account=account,
        **crm_names,
    )
    world.convert(name, on="2026-10-10", contact=name, account=account)
    world.campaign(f"webinar{name[0]}", "webinar")
    rows.append(
        world.campaign_member(f"webinar{name[0]}", lead=name, at="2026-10-10 11:00")
    )
    rows.append(
        world.consent(
            "email_marketing", "granted", email=address, at="2026-10-05 10:30"
        )
    )
    rows.append(
        world.consent(
            "analytics_cookie", "granted", visitor=visitor, at="2026-10-01 09:00"
        )
    )
    world.opportunity(
        account,
        at="2026-10-12 10:00",
        account=account,
        contacts=(name,),
    )
    world.opportunity_change(account, "won", at="2026-11-12 10:00")
    world.contract(account, on="2026-11-12")
    # A promise is still open when the request comes.
    rows.append(
        world.form(
            "callback_request", address, at="2027-01-05 10:00", callback_months=4
        )
    )
    return rows


def describe_others(world: Exports) -> None:
    """People who stay, one of them a colleague of nobody and one of a partner's."""
    for number in range(6):
        name = f"stays{number}"
        address = f"{name}@firm{number % 2}.example"
        world.contact(name, address, at="2026-10-01 10:00", employees=120, country="NL")
        world.lead(name, address, at="2026-10-01 10:00")
        world.form("demo_request", address, at=f"2026-10-{number + 10} 10:00")
        world.assign(name, "sue", at=f"2026-10-{number + 10} 10:30")
        world.task(name, by="sue", at=f"2026-10-{number + 10} 10:40")
        world.accept(name, by="sue", at=f"2026-10-{number + 10} 11:00")


def delete_in_the_systems(world: Exports, name: str) -> None:
    """What a company has to delete itself."""
    person = re.compile(re.escape(name))
    for table, rows in world._state.items():
        for key in [key for key, row in rows.items() if person.search(str(row))]:
            if table.startswith(("hubspot__contact", "salesforce__lead")) or table in (
                "salesforce__contact",
                "salesforce__task",
                "salesforce__campaign_member",
                "salesforce__opportunity_contact_role",
            ):
                del rows[key]


@dataclass(frozen=True)
class World:
    """The folder of exports, and the ids of rows about those who are erased."""

    folder: Path
    row_ids: list[str]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    exports = Exports(exported_at="2027-04-05T05:00:00Z")
    describe_others(exports)
    row_ids = describe_person(
        exports, "quirina", "Zonneveldt", "traxxconsult.example", "kauwgombal"
    )
    row_ids += describe_person(
        exports, "wanda", "Vanderwijk", "firm0.example", "knikkerzak"
    )
    exports.export("2027-03-15T05:00:00Z")
    for name, domain in (("quirina", "traxxconsult"), ("wanda", "firm0")):
        exports.erasure(f"{name}@{domain}.example", at=REQUESTED)
    exports.export("2027-03-16T05:00:00Z")
    delete_in_the_systems(exports, "quirina")
    # A form from before that only now comes, and one that Wanda sends anew.
    exports.form("demo_request", "wanda@firm0.example", at="2027-03-15 11:00")
    exports.form(
        "demo_request",
        "wanda@firm0.example",
        at="2027-04-02 10:00",
        contact="wanda",
        visitor="cookie-wanda",
    )
    return World(exports.write(tmp_path_factory.mktemp("erasure")), row_ids)


@pytest.fixture(scope="module")
def before(
    make_dbt: MakeDbt, world: World, tmp_path_factory: pytest.TempPathFactory
) -> Dbt:
    """The exports as they were before anybody asked for anything."""
    folder = tmp_path_factory.mktemp("unasked")
    for path in world.folder.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    requests = folder / "raw_privacy__erasure_requests.csv"
    header = requests.read_text(encoding="utf-8").splitlines()[0]
    requests.write_text(header + "\n", encoding="utf-8")
    dbt = make_dbt(exports_dir=folder, as_of=BEFORE)
    dbt("build", "--exclude-resource-type", "unit_test", "test")
    return dbt


@pytest.fixture(scope="module")
def after(make_dbt: MakeDbt, world: World) -> Dbt:
    dbt = make_dbt(exports_dir=world.folder, as_of=AFTER)
    dbt("build", "--exclude-resource-type", "unit_test", "test")
    return dbt


def places_of(dbt: Dbt, pattern: str) -> list[str]:
    """Where a text that fits a pattern stands, below the exports and their views."""
    columns: dict[str, list[str]] = {}
    for schema, table, column in dbt.sql(
        "select columns.table_schema, columns.table_name, columns.column_name"
        " from information_schema.columns inner join information_schema.tables"
        " using (table_schema, table_name)"
        " where tables.table_type = 'BASE TABLE'"
        " and columns.table_schema not in ('raw', 'mappings', 'lead_definition')"
        " order by 1, 2, columns.ordinal_position"
    ):
        columns.setdefault(f"{schema}.{table}", []).append(column)
    found = []
    connection = duckdb.connect(str(dbt.database), read_only=True)
    for table, names in columns.items():
        hits = ", ".join(
            f'min("{name}") filter'
            f" (where regexp_matches(\"{name}\", '{pattern}', 'i'))"
            for name in names
        )
        texts = ", ".join(f'cast("{name}" as varchar) as "{name}"' for name in names)
        (values,) = connection.sql(
            f"select {hits} from (select {texts} from {table})"
        ).fetchall()
        found += [
            f"{table}.{name}: {value}"
            for name, value in zip(names, values, strict=True)
            if value is not None
        ]
    connection.close()
    return found


def test_scenario_44_nothing_of_an_erased_person_is_left_in_any_table(
    after: Dbt, before: Dbt, world: World
) -> None:
    of_quirina = "|".join(TRACES[:5])
    assert places_of(after, of_quirina) == []
    # The same look finds a lot where nobody asked, so it can find.
    assert len(places_of(before, of_quirina)) > 20


def test_scenario_44_no_id_of_a_row_of_an_erased_person_is_left(
    after: Dbt, before: Dbt, world: World
) -> None:
    ids = "^(" + "|".join(world.row_ids) + ")$"
    assert places_of(after, ids) == []
    assert len(places_of(before, ids)) > 5


def test_scenario_44_a_key_cannot_be_made_from_the_address(after: Dbt) -> None:
    (guess,) = after.sql("select md5('email:quirina@traxxconsult.example')")[0]
    (hubspot,) = after.sql(f"select md5('hubspot:{contact_id('quirina')}')")[0]
    assert places_of(after, f"{guess}|{hubspot}") == []
    (listed,) = after.sql(
        "select count(*) from marts.suppressed_addresses where address_hash ="
        " keyed_hash('email:quirina@traxxconsult.example')"
    )[0]
    assert listed == 1


def monthly(dbt: Dbt) -> dict[str, list[tuple[Any, ...]]]:
    """Counts and amounts of closed months, from every mart that has months."""
    zone = "timezone('Europe/Amsterdam', {0})"
    answers = {}
    for mart, instant, columns in (
        ("fct_funnel", "opened_at", "pass_number, pass_type, entry_reason, sourced_by"),
        ("fct_funnel", "inquiry_at", "first_touch_channel, sourced_by"),
        ("fct_funnel", "mql_at", "mql_trigger, definition_version, total_points"),
        ("fct_funnel", "sal_at", "sourced_by"),
        ("fct_funnel", "sql_at", "skipped_sql"),
        ("fct_funnel", "opportunity_at", "sourced_by"),
        ("fct_funnel", "closed_at", "outcome, booked_amount_eur"),
        ("fct_stage_events", "occurred_at", "stage, previous_stage, event"),
        ("fct_stage_periods", "valid_from", "stage"),
        ("fct_ownership_periods", "valid_from", "owner_team, change_reason"),
        ("fct_touches", "occurred_at", "channel, touch_team, touch_type"),
        (
            "fct_handovers",
            "assigned_at",
            "tier, decision, is_decision_met",
        ),
        ("fct_commitments", "requested_at", "horizon_days"),
        ("fct_scores", "evaluated_at", "fit_points, behaviour_points, total_points"),
        ("fct_bookings", "booked_month", "kind, amount_eur"),
        ("fct_touch_credits", "closed_at", "attribution_model, channel, credit_eur"),
    ):
        local = zone.format(instant)
        try:
            answers[f"{mart} by {instant}"] = dbt.sql(
                f"select date_trunc('month', {local}) as month, {columns}, count(*)"
                f" from marts.{mart} where {local} < date '{OPEN_FROM}'"
                " group by all order by all"
            )
        except Exception as fault:
            raise AssertionError(f"{mart}.{instant}: {fault}") from fault
    return answers


def test_scenario_44_no_figure_of_a_closed_month_moves(before: Dbt, after: Dbt) -> None:
    was, became = monthly(before), monthly(after)
    moved = {
        name: (set(was[name]) ^ set(became[name]))
        for name in was
        if was[name] != became[name]
    }
    assert moved == {}
    assert all(was.values())


def test_scenario_44_the_deal_keeps_its_amount_and_the_person_becomes_a_stub(
    after: Dbt,
) -> None:
    erased = after.rows(
        "select email, current_stage, owner_user_id from marts.dim_people"
        " where is_erased"
    )
    assert erased == 2 * [
        {"email": None, "current_stage": "erased", "owner_user_id": None}
    ]
    deals = after.sql(
        "select funnel.booked_amount_eur from marts.fct_funnel as funnel"
        " inner join marts.dim_people as people using (person_id)"
        " where people.is_erased and funnel.outcome = 'won'"
    )
    assert deals == [(12000,), (12000,)]


def test_scenario_44_a_promise_to_an_erased_person_ends_with_the_request(
    before: Dbt, after: Dbt
) -> None:
    promises = "select outcome, resolved_at from marts.fct_commitments"
    assert before.sql(promises) == [("open", None)] * 2
    assert [outcome for outcome, _ in after.sql(promises)] == ["cancelled_privacy"] * 2


def test_scenario_45_what_still_comes_of_an_erased_person_is_refused_and_counted(
    after: Dbt,
) -> None:
    refused = after.rows(
        "select source_table, raw_value, is_fault from marts.quarantined_rows"
        " where reason = 'erased_subject'"
    )
    # Of Wanda's records, which the company did not delete, and of her late form.
    assert {row["source_table"] for row in refused} == {
        "campaign_member",
        "contact",
        "contacts",
        "form_submissions",
        "lead",
        "opportunity_contact_role",
        "task",
    }
    assert {(row["raw_value"], row["is_fault"]) for row in refused} == {(None, False)}
    places = [place.split(":")[0] for place in places_of(after, "wanda")]
    # What is left of the name is what Wanda gave anew.
    submissions = {
        "staging.base_hubspot__form_submissions.email",
        "staging.stg_hubspot__form_submissions.email",
    }
    assert {place for place in places if "hubspot" in place} == submissions
    for submission in submissions:
        table = submission.removesuffix(".email")
        assert after.sql(
            f"select count(*) from {table} where email = 'wanda@firm0.example'"
        ) == [(1,)]
    assert places_of(after, "vanderwijk|knikkerzak|cookie-wanda|hs-wanda") == []


def test_scenario_45_a_new_form_makes_a_new_person_without_a_past(after: Dbt) -> None:
    (new,) = after.rows(
        "select * from marts.dim_people where email = 'wanda@firm0.example'"
    )
    assert (new["pass_count"], new["is_erased"]) == (1, False)
    assert new["known_at"].isoformat() == "2027-04-02T08:00:00+00:00"
    touches = after.sql(
        f"select count(*) from marts.fct_touches where person_id = '{new['person_id']}'"
    )
    assert touches == [(1,)]


def test_a_request_may_hold_the_hash_of_the_address(
    make_dbt: MakeDbt, world: World, after: Dbt, tmp_path: Path
) -> None:
    """A company that keeps the address nowhere still keeps the person erased."""
    for path in world.folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    requests = tmp_path / "raw_privacy__erasure_requests.csv"
    told = requests.read_text(encoding="utf-8")
    for name, domain in (("quirina", "traxxconsult"), ("wanda", "firm0")):
        address = f"{name}@{domain}.example"
        (hashed,) = after.sql(f"select keyed_hash('email:{address}')")[0]
        assert address in told
        told = told.replace(address, hashed)
    requests.write_text(told, encoding="utf-8")
    dbt = make_dbt(exports_dir=tmp_path, as_of=AFTER)
    dbt(
        *("build", "--exclude-resource-type", "unit_test", "test"),
        *("--select", "+int_erasures", "+suppressed_addresses"),
    )
    for table in ("intermediate.int_erasures", "marts.suppressed_addresses"):
        assert dbt.sql(f"from {table} order by all") == after.sql(
            f"from {table} order by all"
        )
