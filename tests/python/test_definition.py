"""The agreement holds together, and every check of it finds what it is there for.

The checks run as dbt compiles them, on the seeds of the project: once as they are,
where they may find nothing, and once with a row that is broken by hand, where they must
name the version, the table, the rule and the fault. Each fault is rolled back.
"""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from conftest import PROJECT, MakeDbt
from one_funnel.cli import main
from one_funnel.definition.hashes import compare_with_signed, hash_of_rows
from one_funnel.definition.tables import (
    HASHES,
    VERSION,
    agreement_tables,
    definition_folder,
    read_tables,
)

DEFINITION = definition_folder(PROJECT)
TABLES = read_tables(DEFINITION)
SEEDS = ("path:seeds/lead_definition", "path:seeds/mappings")

# A finding: version, table, rule, and what is wrong.
Found = tuple[str, str, str, str]


def change(table: str, assignment: str, condition: str = "true") -> str:
    return (
        f"update lead_definition.{table} set {assignment}"
        f" where definition_version = '1.1.0' and {condition}"
    )


def remove(table: str, condition: str = "true") -> str:
    return (
        f"delete from lead_definition.{table}"
        f" where definition_version = '1.1.0' and {condition}"
    )


def add(table: str, **values: object) -> str:
    columns = ", ".join(["definition_version", *values])
    literals = ", ".join(
        "null" if value is None else repr(value) for value in values.values()
    )
    return (
        f"insert into lead_definition.{table} ({columns}) values ('1.1.0', {literals})"
    )


def copy_row(table: str, condition: str, **values: str) -> str:
    changed = ", ".join(f"{value} as {column}" for column, value in values.items())
    return (
        f"insert into lead_definition.{table} by name"
        f" select * replace ({changed}) from lead_definition.{table}"
        f" where definition_version = '1.1.0' and {condition}"
    )


def setting(name: str, value: str) -> str:
    return change("definition_settings", f"value = '{value}'", f"setting = '{name}'")


# Check -> fault -> (SQL that plants it, rule that is named, words of the finding).
FAULTS: dict[str, dict[str, tuple[str, str, str]]] = {
    "assert_definition_stages_are_connected": {
        "an orphan": (
            copy_row("funnel_stages", "stage = 'sal'", stage="'limbo'"),
            "limbo",
            "cannot be reached",
        ),
        "a stage that lost the moves to it": (
            remove("stage_transitions", "to_stage = 'sal' and from_stage <> 'sal'"),
            "sal",
            "cannot be reached",
        ),
        "a stage that lost the moves out of it": (
            remove("stage_transitions", "from_stage = 'sql'"),
            "sql",
            "is a dead end",
        ),
        "two targets of one event": (
            copy_row(
                "stage_transitions",
                "from_stage = 'mql' and event = 'accepted'",
                to_stage="'sql'",
            ),
            "mql, accepted",
            "leads to sal and to sql",
        ),
        "two targets of becoming known": (
            copy_row("stage_transitions", "from_stage is null", to_stage="'inquiry'"),
            "nobody, identified",
            "leads to inquiry and to known",
        ),
        "a stage that nobody knows": (
            change(
                "stage_transitions",
                "to_stage = 'heaven'",
                "from_stage = 'mql' and event = 'accepted'",
            ),
            "mql, accepted",
            "a stage that funnel_stages does not have",
        ),
        "a start that nobody knows": (
            change("stage_transitions", "from_stage = 'hell'", "event = 'lost'"),
            "hell, lost",
            "a stage that funnel_stages does not have",
        ),
        "an event that nobody knows": (
            change("stage_transitions", "event = 'miracle'", "event = 'lost'"),
            "opportunity, miracle",
            "an event that lifecycle_events does not have",
        ),
        "a way back inside a pass": (
            change(
                "stage_transitions",
                "to_stage = 'mql'",
                "from_stage = 'sql' and event = 'deferred'",
            ),
            "sql, deferred",
            "goes back to mql",
        ),
        "an event that moves nobody": (
            copy_row("lifecycle_events", "event = 'lost'", event="'ghosted'"),
            "ghosted",
            "moves nobody",
        ),
    },
    "assert_definition_names_one_owner": {
        "a stage without an owner": (
            change("funnel_stages", "owner_team = null", "stage = 'sal'"),
            "sal",
            "owner_team names no team",
        ),
        "a handover without an owner": (
            change("funnel_stages", "owner_team_when_assigned = null", "stage = 'mql'"),
            "mql",
            "owner_team_when_assigned names no team",
        ),
        "two owners": (
            copy_row("funnel_stages", "stage = 'sal'", owner_team="'marketing'"),
            "sal",
            "owner_team names more than one team",
        ),
    },
    "assert_definition_rules_can_decide": {
        "a fit that nobody can have": (
            setting("fit_gate", "61"),
            "fit_gate",
            "it needs 61.0 points, and no more than 60.0 are on offer",
        ),
        "behaviour that nobody can have": (
            setting("behaviour_gate", "101"),
            "behaviour_gate",
            "cannot be reached",
        ),
        "a line that nobody can reach": (
            setting("total_line", "161"),
            "total_line",
            "no more than 160.0 are on offer",
        ),
        "a gate out of reach since rules are gone": (
            remove("behaviour_rules", "points > 0 and rule_id <> 'email_click'"),
            "behaviour_gate",
            "cannot be reached",
        ),
        "a gate of fit that all pass": (
            setting("fit_gate", "-40"),
            "fit_gate",
            "holds nobody back",
        ),
        "a gate of fit that the line implies": (
            setting("total_line", "120"),
            "fit_gate",
            "holds nobody back",
        ),
        "a gate of behaviour that all pass": (
            setting("behaviour_gate", "0"),
            "behaviour_gate",
            "holds nobody back",
        ),
        "a line that the gates imply": (
            setting("total_line", "40"),
            "total_line",
            "holds nobody back",
        ),
        "a hand-raise for nobody": (
            change("hand_raises", "fit_min = 61", "event_detail = 'demo_request'"),
            "form demo_request",
            "needs more fit than anybody can have",
        ),
        "a fit rule of noughts": (
            change("fit_rules", "points = 0", "rule_id = 'fit_country'"),
            "fit_country",
            "can be struck out",
        ),
        "a fit rule under a ceiling that is always reached": (
            setting("fit_ceiling", "-40"),
            "fit_country",
            "can be struck out",
        ),
        "a fit rule above a floor that is never left": (
            setting("fit_floor", "70"),
            "fit_email",
            "can be struck out",
        ),
        "a behaviour rule of nought": (
            change("behaviour_rules", "points = 0", "rule_id = 'email_click'"),
            "email_click",
            "it gives no points",
        ),
        "a behaviour rule that counts nothing": (
            change("behaviour_rules", "max_count = 0", "rule_id = 'email_click'"),
            "email_click",
            "it counts no event",
        ),
        "a group that lets nothing through": (
            change("behaviour_groups", "cap_points = 0", "rule_group = 'email'"),
            "email_click",
            "the cap of its group lets nothing through",
        ),
        "a penalty with nothing to take": (
            remove("behaviour_rules", "points > 0"),
            "unsubscribe",
            "nobody has points that it could take",
        ),
        "a cap that another one implies": (
            change("behaviour_extra_caps", "max_count = 7"),
            "pricing_view",
            "7 per 7 days follows from another cap",
        ),
        "a cap that is implied by the extra one": (
            change("behaviour_extra_caps", "max_count = 1"),
            "pricing_view",
            "1 per 1 days follows from another cap",
        ),
        "a cap of the pass under a smaller one": (
            copy_row(
                "behaviour_extra_caps", "true", max_count="3", per_days="null::integer"
            ),
            "pricing_view",
            "3 per 7 days follows from another cap",
        ),
        "a cap that is said twice": (
            copy_row("behaviour_extra_caps", "true", max_count="1", per_days="1"),
            "pricing_view",
            "1 per 1 days follows from another cap",
        ),
        "a cap of no rule": (
            add("behaviour_extra_caps", rule_id="fax", max_count=1, per_days=1),
            "fax",
            "limits a rule that behaviour_rules does not have",
        ),
        "a group without rules": (
            add("behaviour_groups", rule_group="fax", cap_points=10),
            "fax",
            "has no rule",
        ),
        "a cap that no rule can reach": (
            change("behaviour_groups", "cap_points = 50", "rule_group = 'social'"),
            "social",
            "they give no more than 44.14 points",
        ),
        "a page group that no path has": (
            "update mappings.page_groups set page_group = 'prices'"
            " where page_group = 'pricing'",
            "pricing_view",
            "waits for pricing, which nothing in page_groups becomes",
        ),
        "a form kind that no form has": (
            "delete from mappings.form_types where form_kind = 'callback_request'",
            "form callback_request",
            "nothing in form_types becomes",
        ),
        "an attendance that no status means": (
            "delete from mappings.crm_member_statuses where event_detail = 'attended'",
            "webinar_attended",
            "nothing in crm_member_statuses becomes",
        ),
        "a disqualifier for a title that is none": (
            "delete from mappings.seniority_titles where seniority = 'student'",
            "student",
            "nothing in seniority_titles becomes",
        ),
        "a fit band for a title that is none": (
            change("fit_rules", "value = 'king'", "value = 'influencer'"),
            "fit_seniority seniority_influencer",
            "waits for king",
        ),
        "a disqualifier twice": (
            copy_row("disqualifiers", "rule_id = 'student'", rule_id="'pupil'"),
            "student",
            "pupil looks for the same",
        ),
    },
    "assert_definition_bands_cover_every_value": {
        "an overlap": (
            change("fit_rules", "upper_value = '50'", "band_id = 'size_10_49'"),
            "fit_size size_10_49",
            "overlaps fit_size size_50_249",
        ),
        "a gap": (
            change("fit_rules", "upper_value = '48'", "band_id = 'size_10_49'"),
            "fit_size size_10_49",
            "leaves a gap before fit_size size_50_249",
        ),
        "a last band with an end": (
            change("fit_rules", "upper_value = '999'", "band_id = 'size_250'"),
            "fit_size size_250",
            "is the last band and has an end",
        ),
        "a band without an end below another": (
            change("fit_rules", "upper_value = null", "band_id = 'size_10_49'"),
            "fit_size size_10_49",
            "overlaps fit_size size_50_249",
        ),
        "a band from there on below another": (
            change("fit_rules", "operator = 'at_least'", "band_id = 'size_10_49'"),
            "fit_size size_10_49",
            "overlaps fit_size size_50_249",
        ),
        "a beginning that is no number": (
            change("fit_rules", "value = 'ten'", "band_id = 'size_10_49'"),
            "fit_size size_10_49",
            "has an end that is no number",
        ),
        "an end that is no number": (
            change("fit_rules", "upper_value = 'many'", "band_id = 'size_10_49'"),
            "fit_size size_10_49",
            "has an end that is no number",
        ),
        "an end before the beginning": (
            change("fit_rules", "upper_value = '9'", "band_id = 'size_10_49'"),
            "fit_size size_10_49",
            "ends before it begins",
        ),
        "nothing said of missing values": (
            remove("fit_rules", "band_id = 'size_missing'"),
            "fit_size",
            "does not say what a missing value gets",
        ),
        "missing values twice": (
            copy_row("fit_rules", "band_id = 'size_missing'", band_id="'size_unknown'"),
            "fit_size",
            "says twice what a missing value gets",
        ),
        "nothing said of other values": (
            remove("fit_rules", "band_id = 'country_other'"),
            "fit_country",
            "does not say what any other value gets",
        ),
        "other values twice": (
            copy_row("fit_rules", "band_id = 'country_other'", band_id="'abroad'"),
            "fit_country",
            "says twice what any other value gets",
        ),
        "a word in two bands": (
            change("fit_rules", "value = 'Decision_maker'", "value = 'influencer'"),
            "fit_seniority seniority_decision_maker",
            "overlaps fit_seniority seniority_influencer at decision_maker",
        ),
        "a word twice in one list": (
            change("fit_rules", "value = 'NL;BE; nl'", "band_id = 'country_target'"),
            "fit_country country_target",
            "names nl twice",
        ),
        "a word of a list in a band of its own": (
            copy_row(
                "fit_rules",
                "band_id = 'industry_target'",
                band_id="'software'",
                operator="'equals'",
                value="'Software'",
            ),
            "fit_industry industry_target",
            "overlaps fit_industry software at software",
        ),
        "numbers and words in one rule": (
            change("fit_rules", "operator = 'equals'", "band_id = 'size_1_9'"),
            "fit_size",
            "with numbers and with words",
        ),
        "two signals in one rule": (
            change("fit_rules", "signal = 'country'", "band_id = 'size_missing'"),
            "fit_size",
            "looks at more than one signal",
        ),
        "grades that begin above the floor": (
            remove("score_grades", "grade = 'D'"),
            "fit",
            "has a lowest grade that does not begin at the floor",
        ),
        "two grades in one place": (
            change("score_grades", "lower_points = 30", "grade = 'A'"),
            "fit",
            "has two grades that begin at the same points",
        ),
        "no grades": (
            remove("score_grades", "axis = 'behaviour'"),
            "behaviour",
            "has no grades",
        ),
    },
    "assert_definition_penalties_stay": {
        "a penalty that fades": (
            change("behaviour_rules", "half_life_days = 30", "rule_id = 'unsubscribe'"),
            "unsubscribe",
            "is a penalty and has a half-life",
        ),
        "a half-life of nothing": (
            change("behaviour_rules", "half_life_days = 0", "rule_id = 'email_click'"),
            "email_click",
            "a half-life that is not above zero",
        ),
        "a model with a half-life of nothing": (
            change("attribution_models", "half_life_days = 0", "half_life_days = 7"),
            "time_decay",
            "a half-life that is not above zero",
        ),
        "a penalty under a cap": (
            change("behaviour_rules", "rule_group = 'web'", "rule_id = 'careers_page'"),
            "careers_page",
            "is a penalty in a group with a cap",
        ),
        "points without a cap": (
            change("behaviour_groups", "cap_points = null", "rule_group = 'web'"),
            "pricing_view",
            "gives points in a group without a cap",
        ),
        "a rule in no group": (
            remove("behaviour_groups", "rule_group = 'web'"),
            "pricing_view",
            "is in a group that behaviour_groups does not have",
        ),
    },
    "assert_definition_reasons_lead_somewhere": {
        "no destination": (
            change("rejection_reasons", "next_stage = null", "reason_code = 'R03'"),
            "R03",
            "leads to nowhere",
        ),
        "a destination that does not exist": (
            change("rejection_reasons", "next_stage = 'limbo'", "reason_code = 'R03'"),
            "R03",
            "leads to limbo",
        ),
        "a reason without a programme": (
            change(
                "nurture_programmes",
                "for_reasons = 'R03;R04;R07'",
                "programme = 're_engage'",
            ),
            "R06",
            "no programme of nurture_programmes takes it",
        ),
        "a reason in two programmes": (
            change(
                "nurture_programmes", "for_reasons = 'R01;R03'", "programme = 'enrich'"
            ),
            "R03",
            "leads to enrich and to re_engage",
        ),
        "a programme for nothing": (
            change(
                "nurture_programmes",
                "for_reasons = 'lost;won'",
                "programme = 'lost_deal'",
            ),
            "lost_deal",
            "waits for won",
        ),
        "a programme for who is never turned back": (
            change(
                "nurture_programmes", "for_reasons = 'R01;R02'", "programme = 'enrich'"
            ),
            "enrich",
            "waits for R02",
        ),
        "an end that never comes": (
            change(
                "nurture_programmes",
                "exit_events = 'mql_rule;doomsday'",
                "programme = 'enrich'",
            ),
            "enrich",
            "ends with doomsday",
        ),
        "a disqualifier without a reason": (
            change("disqualifiers", "reason_code = 'R99'", "rule_id = 'student'"),
            "student",
            "counts as R99",
        ),
    },
    "assert_definition_versions_follow_each_other": {
        "sales has not signed": (
            change(
                "definition_versions",
                "signed_by_sales = null, signed_by_sales_at = null",
            ),
            "signed_by_sales",
            "sales has not signed",
        ),
        "marketing has signed without a name": (
            change("definition_versions", "signed_by_marketing = null"),
            "signed_by_marketing",
            "marketing has not signed",
        ),
        "sales has signed without a time": (
            change("definition_versions", "signed_by_sales_at = null"),
            "signed_by_sales",
            "sales has not signed",
        ),
        "signed at the start": (
            change("definition_versions", "signed_by_sales_at = effective_from"),
            "signed_by_sales",
            "sales signed at 2026-11-02 00:00:00, not before the start",
        ),
        "a Tuesday": (
            change(
                "definition_versions",
                "effective_from = effective_from + interval 1 day",
            ),
            "effective_from",
            "is 2026-11-03 00:00:00, no Monday 00:00",
        ),
        "a Monday morning": (
            change(
                "definition_versions",
                "effective_from = effective_from + interval 9 hour",
            ),
            "effective_from",
            "is 2026-11-02 09:00:00, no Monday 00:00",
        ),
        "no start": (
            change("definition_versions", "effective_from = null"),
            "effective_from",
            "is empty, and the version is active",
        ),
        "an overlap": (
            change("definition_versions", "effective_from = '2025-05-12 00:00:00'"),
            "effective_from",
            "is that of 1.1.0 too",
        ),
        "a gap": (
            change("definition_versions", "status = 'retired'"),
            "status",
            "no version follows it: a gap",
        ),
        "two that are active": (
            "update lead_definition.definition_versions set status = 'active'"
            " where definition_version = '1.0.0'",
            "status",
            "so long as 1.1.0 follows it, it has to be retired",
        ),
        "a shadow with a start": (
            "update lead_definition.definition_versions"
            " set effective_from = '2027-05-03' where definition_version = '1.2.0'",
            "effective_from",
            "is only shadow",
        ),
    },
    "assert_definition_is_what_was_signed": {
        "a comma in a label": (
            change("fit_rules", "label_en = label_en || ','", "band_id = 'size_250'"),
            "row_hash",
            "was changed after it was signed",
        ),
        "a row that is gone": (
            remove("rejection_reasons", "reason_code = 'R12'"),
            "row_hash",
            "was changed after it was signed",
        ),
        "all rows that are gone": (
            remove("behaviour_extra_caps"),
            "row_hash",
            "has lost all of the rows that were signed",
        ),
        "a table that no hash covers": (
            remove("definition_hashes", "table_name = 'hand_raises'"),
            "row_hash",
            "has rows that no hash covers",
        ),
        "another hash for another content": (
            change(
                "definition_hashes", "row_hash = md5('')", "table_name = 'fit_rules'"
            ),
            "content_hash",
            "does not have the content_hash",
        ),
        "no content hash": (
            change("definition_versions", "content_hash = null"),
            "content_hash",
            "does not have the content_hash",
        ),
        "one signature is enough to be settled": (
            change("definition_versions", "signed_by_marketing_at = null")
            + "; "
            + change("fit_rules", "points = 6", "band_id = 'country_target'"),
            "row_hash",
            "was changed after it was signed",
        ),
    },
    "assert_definition_is_complete": {
        "a setting that is missing": (
            remove("definition_settings", "setting = 'fit_gate'"),
            "fit_gate",
            "is missing, though another version has it",
        ),
        "a number that is none": (
            setting("fit_gate", "twenty"),
            "fit_gate",
            "is twenty, which is no number",
        ),
        "days below nothing": (
            setting("lookback_days", "-1"),
            "lookback_days",
            "is -1 days, which cannot be",
        ),
        "a share of more than all": (
            setting("exploration_rate", "3"),
            "exploration_rate",
            "is 3 share, which cannot be",
        ),
        "credit that is left over": (
            change(
                "attribution_models",
                "weight = 0.3",
                "attribution_model = 'position_40_20_40' and position = 'first'",
            ),
            "position_40_20_40",
            "has weights that add up to 0.900000, not to 1",
        ),
    },
}
TEXTS = [
    (table.name, column)
    for table in agreement_tables(TABLES)
    for column in table.columns
    if column.endswith(("_nl", "_en"))
]
OTHER_VALUES = {
    "VARCHAR": "coalesce({0}, '') || ','",
    "INTEGER": "coalesce({0}, 0) + 1",
    "BOOLEAN": "not coalesce({0}, false)",
    "TIMESTAMP": "coalesce({0}, timestamp '2026-01-05') + interval 7 day",
    "DECIMAL(12,6)": "coalesce({0}, 0) + 0.000001",
}


class Agreement:
    """The seeds in a database, and the SQL of each check of them."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, sql: dict[str, str]):
        self.connection = connection
        self.sql = sql

    def findings(self, check: str, fault: str = "select 1") -> list[Found]:
        """What a check finds with a fault, which is gone again afterwards."""
        self.connection.execute("begin")
        try:
            self.connection.execute(fault)
            return self.connection.execute(self.sql[check]).fetchall()
        finally:
            self.connection.execute("rollback")


@pytest.fixture(scope="module")
def agreement(make_dbt: MakeDbt) -> Iterator[Agreement]:
    project = make_dbt()
    outcome = project("build", "--select", *SEEDS, "--indirect-selection", "cautious")
    sql = {
        result.node.name: result.node.compiled_code
        for result in outcome.result.results
        if result.node.name.startswith("assert_definition_")
    }
    with duckdb.connect(str(project.database)) as connection:
        yield Agreement(connection, sql)


@pytest.mark.parametrize(
    ("check", "fault"),
    [(check, fault) for check, faults in FAULTS.items() for fault in faults],
)
def test_a_check_names_the_fault(agreement: Agreement, check: str, fault: str) -> None:
    sql, rule, words = FAULTS[check][fault]

    assert agreement.findings(check) == []
    found = agreement.findings(check, sql)
    assert [row for row in found if row[2] == rule and words in row[3]], found
    assert {row[1] for row in found} <= set(TABLES)
    assert {row[0] for row in found} <= {"1.0.0", "1.1.0", "1.2.0"}


def test_every_check_has_its_faults(agreement: Agreement) -> None:
    # What speaks both languages is held against every text below.
    assert {*FAULTS, "assert_definition_speaks_both_languages"} == set(agreement.sql)
    written = {path.stem for path in PROJECT.glob("tests/assert_definition_*.sql")}
    assert written == set(agreement.sql)


@pytest.mark.parametrize(("table", "column"), TEXTS)
@pytest.mark.parametrize("nothing", ["null", "' '"])
def test_a_text_that_is_missing_is_named(
    agreement: Agreement, table: str, column: str, nothing: str
) -> None:
    found = agreement.findings(
        "assert_definition_speaks_both_languages",
        change(table, f"{column} = {nothing}"),
    )

    assert len(found) == len(TABLES[table].of_version("1.1.0"))
    assert {(row[0], row[1], row[3]) for row in found} == {
        ("1.1.0", table, f"{column} is empty")
    }


@pytest.mark.parametrize("table", [table.name for table in agreement_tables(TABLES)])
def test_no_column_of_a_signed_table_can_be_changed(
    agreement: Agreement, table: str
) -> None:
    types = dict(
        agreement.connection.execute(
            "select column_name, data_type from information_schema.columns"
            f" where table_schema = 'lead_definition' and table_name = '{table}'"
        ).fetchall()
    )
    for column in set(TABLES[table].signed_columns) - {VERSION}:
        value = OTHER_VALUES[types[column]].format(column)
        found = agreement.findings(
            "assert_definition_is_what_was_signed", change(table, f"{column} = {value}")
        )
        assert [row[:3] for row in found] == [("1.1.0", table, "row_hash")], column


def test_a_version_may_retire_and_a_proposal_may_change(agreement: Agreement) -> None:
    check = "assert_definition_is_what_was_signed"
    version = "where definition_version"

    assert not agreement.findings(
        check, change("definition_versions", "status = 'retired'")
    )
    assert not agreement.findings(
        check, f"update lead_definition.fit_rules set points = 9 {version} = '1.2.0'"
    )


def test_hashes_cover_every_table_of_the_folder(agreement: Agreement) -> None:
    files = {path.stem for path in DEFINITION.glob("*.csv")}
    compared = agreement.sql["assert_definition_is_what_was_signed"]

    assert set(TABLES) == files
    assert [
        table
        for table in sorted(files - {HASHES})
        if f"'{table}' as table_name" not in compared
    ] == []


def test_a_hash_is_of_what_rows_say_and_not_of_how() -> None:
    rows = [{"a": "1", "b": ""}, {"a": "2", "b": "x"}]

    assert hash_of_rows(rows, "ab") == hash_of_rows(reversed(rows), "ba")
    assert hash_of_rows(rows[:1], "ab") == hash_of_rows([{"a": "1"}], "a")
    assert hash_of_rows(rows, "ab") != hash_of_rows([*rows, rows[0]], "ab")
    assert hash_of_rows([{"a": "x", "b": ""}], "ab") != hash_of_rows(
        [{"a": "", "b": "x"}], "ab"
    )


def test_the_demo_is_what_was_signed() -> None:
    compared = [compare_with_signed(TABLES, v) for v in ("1.0.0", "1.1.0", "1.2.0")]

    assert [(version.holds, version.changed) for version in compared[:2]] == [
        (True, ()),
        (True, ()),
    ]
    assert compared[2].holds
    assert compared[2].signed_by == ()


# The command, in a checkout of its own


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose agreement may be broken; all else of it is ours."""
    for entry in ("dbt_project.yml", "profiles.yml", "macros", "models", "tests"):
        (tmp_path / entry).symlink_to(PROJECT / entry)
    # dbt follows a link to a file, but not one to a folder below another.
    for entry in ("mappings", "exports"):
        shutil.copytree(
            PROJECT / "seeds" / entry,
            tmp_path / "seeds" / entry,
            copy_function=os.symlink,
        )
    shutil.copytree(DEFINITION, definition_folder(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ONE_FUNNEL_DATABASE", raising=False)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["definition", *arguments])


def edit(root: Path, table: str, editing: Callable[[dict[str, str]], None]) -> None:
    """Change the rows of a table's file, one after another."""
    path = definition_folder(root) / f"{table}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        header, rows = list(reader.fieldnames or ()), list(reader)
    for row in rows:
        editing(row)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(rows)


def add_comma(row: dict[str, str]) -> None:
    if row[VERSION] == "1.1.0" and row.get("band_id") == "size_250":
        row["label_nl"] += ","


def unsign_by_sales(row: dict[str, str]) -> None:
    if row[VERSION] == "1.1.0":
        row["signed_by_sales"] = row["signed_by_sales_at"] = ""


def test_check_says_what_was_signed_and_what_holds(checkout: Path) -> None:
    outcome = run("check")

    assert outcome.exit_code == 0, outcome.output
    lines = outcome.stdout.splitlines()
    assert [line.split()[:2] for line in lines[:3]] == [
        ["1.0.0", "retired"],
        ["1.1.0", "active"],
        ["1.2.0", "shadow"],
    ]
    assert lines[0].endswith("as signed by marketing and sales")
    assert lines[2].endswith("not signed")
    assert lines[3].endswith("checks: all hold")
    assert not (checkout / "warehouse").exists()


def test_check_names_the_table_and_the_signer(checkout: Path) -> None:
    edit(checkout, "fit_rules", add_comma)
    edit(checkout, "definition_versions", unsign_by_sales)

    outcome = run("check")

    assert outcome.exit_code == 1
    assert "1.1.0 is not what was signed: see fit_rules" in outcome.stderr
    assert "1.1.0 fit_rules row_hash: was changed after it was signed" in outcome.stderr
    assert (
        "1.1.0 definition_versions signed_by_sales: sales has not signed"
        in outcome.stderr
    )
    assert "2 failed" in outcome.stdout


def test_the_way_a_spreadsheet_saves_changes_no_hash(checkout: Path) -> None:
    def other_spelling(row: dict[str, str]) -> None:
        row["points"] = f"{float(row['points']):.2f}"

    edit(checkout, "fit_rules", other_spelling)
    assert "20.00" in (definition_folder(checkout) / "fit_rules.csv").read_text("utf-8")

    assert run("check", "--hashes-only").exit_code == 0


def test_hash_is_written_for_a_proposal_once_and_then_stays(checkout: Path) -> None:
    printed = run("hash", "--version", "1.2.0")
    written = run("hash", "--version", "1.2.0", "--write")

    assert (printed.exit_code, written.exit_code) == (0, 0)
    assert printed.stdout == written.stdout
    lines = printed.stdout.splitlines()
    assert [line.split(",")[1] for line in lines[:-1]] == sorted({*TABLES} - {HASHES})
    tables = read_tables(definition_folder(checkout))
    (row,) = tables["definition_versions"].of_version("1.2.0")
    assert lines[-1] == f"content_hash,{row['content_hash']}"
    assert tables[HASHES].of_version("1.1.0") == TABLES[HASHES].of_version("1.1.0")
    assert compare_with_signed(tables, "1.2.0").changed == ()


def test_hash_is_not_written_over_a_signed_version(checkout: Path) -> None:
    edit(checkout, "fit_rules", add_comma)
    before = (definition_folder(checkout) / f"{HASHES}.csv").read_bytes()

    outcome = run("hash", "--version", "1.1.0", "--write")

    assert outcome.exit_code == 1
    assert "undo the change of fit_rules, or propose a new version" in outcome.stderr
    assert (definition_folder(checkout) / f"{HASHES}.csv").read_bytes() == before


def test_diff_says_what_a_proposal_changes(checkout: Path) -> None:
    def edit_groups(row: dict[str, str]) -> None:
        if (row[VERSION], row["rule_group"]) == ("1.2.0", "social"):
            row["rule_group"] = "community"

    edit(checkout, "behaviour_groups", edit_groups)

    outcome = run("diff", "1.1.0", "1.2.0")

    assert outcome.exit_code == 0
    assert outcome.stdout.splitlines()[1:] == [
        "behaviour_groups",
        "  - social: cap_points 20",
        "  + community: cap_points 20",
        "behaviour_rules",
        "  ~ pricing_view: half_life_days 14 → 21",
        "  ~ webinar_attended: points 20 → 25",
    ]
    assert run("diff", "1.1.0", "1.1.0").stdout.splitlines()[1:] == ["no difference"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("diff", "1.1.0", "9.9.9"),
        ("diff", "9.9.9", "1.1.0"),
        ("hash", "--version", "9.9.9"),
    ],
)
def test_a_version_that_does_not_exist_is_wrong_use(
    checkout: Path, arguments: tuple[str, ...]
) -> None:
    outcome = run(*arguments)

    assert outcome.exit_code == 2
    assert "there is no version 9.9.9" in outcome.stderr
    assert "1.0.0, 1.1.0, 1.2.0" in outcome.stderr


def test_a_table_that_is_missing_or_unreadable_is_wrong_use(checkout: Path) -> None:
    folder = definition_folder(checkout)

    def spell_out(row: dict[str, str]) -> None:
        row["points"] = "twenty"

    edit(checkout, "fit_rules", spell_out)
    assert "row 2: points is 'twenty', which is no decimal" in run("check").stderr

    (folder / "fit_rules.csv").write_text("definition_version,rule\n", encoding="utf-8")
    assert "has the columns definition_version, rule" in run("check").stderr

    (folder / "fit_rules.csv").unlink()
    outcome = run("check")
    assert outcome.exit_code == 2
    assert "fit_rules.csv does not exist" in outcome.stderr


def test_a_check_that_cannot_start_is_wrong_use(checkout: Path) -> None:
    (checkout / "macros").unlink()

    outcome = run("check")

    assert outcome.exit_code == 2
    assert "dbt could not start the checks" in outcome.stderr


# The working calendar


def calendar(*arguments: str) -> dict[str, dict[str, str]]:
    outcome = run("calendar", *arguments)
    assert outcome.exit_code == 0, outcome.output
    rows = csv.DictReader(outcome.stdout.splitlines())
    return {row["calendar_date"]: row for row in rows}


def test_the_calendar_of_the_project_is_what_the_command_prints() -> None:
    seed = (PROJECT / "seeds" / "mappings" / "working_calendar.csv").read_text("utf-8")

    printed = run("calendar", "--from", "2023-01-01", "--to", "2032-12-31").stdout

    assert printed == seed


def test_holidays_of_the_netherlands_are_closed() -> None:
    days = calendar("--from", "2025-01-01", "--to", "2031-12-31")

    def closed(day: str) -> bool:
        return days[day]["is_working_day"] == "false"

    # King's Day goes to the Saturday when the 27th is a Sunday.
    assert days["2031-04-26"]["holiday_name"] == "Koningsdag"
    assert not days["2031-04-27"]["holiday_name"]
    assert closed("2026-04-27")
    # Easter Monday, Ascension, Whit Monday, both days of Christmas, New Year.
    for day in (
        *("2026-04-06", "2026-05-14", "2026-05-25"),
        *("2026-12-25", "2026-12-26", "2027-01-01"),
    ):
        assert closed(day), day
        assert days[day]["opens_at"] == days[day]["closes_at"] == ""
    assert closed("2026-11-07")
    assert closed("2026-11-08")
    assert days["2026-11-09"]["opens_at"] == "09:00"
    assert days["2026-11-09"]["closes_at"] == "17:30"


def test_two_holidays_are_left_to_the_employer() -> None:
    period = ("--from", "2026-04-01", "--to", "2026-05-31")
    choices = {"2026-04-03": "Goede vrijdag", "2026-05-05": "Bevrijdingsdag"}

    days = calendar(*period)
    assert {
        day: row["holiday_name"]
        for day, row in days.items()
        if row["is_employer_choice"] == "true"
    } == choices
    assert all(days[day]["is_working_day"] == "true" for day in choices)

    days = calendar(*period, "--closed-on", "Goede vrijdag")
    assert days["2026-04-03"]["is_working_day"] == "false"
    assert days["2026-05-05"]["is_working_day"] == "true"


def test_other_hours_are_another_version() -> None:
    days = calendar(
        *("--from", "2033-01-03", "--to", "2033-01-03", "--version", "v2"),
        *("--opens-at", "08:30", "--closes-at", "18:00"),
    )

    assert list(days.values()) == [
        {
            "calendar_version": "v2",
            "calendar_date": "2033-01-03",
            "opens_at": "08:30",
            "closes_at": "18:00",
            "holiday_name": "",
            "is_working_day": "true",
            "is_employer_choice": "false",
        }
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--from", "2026-01-02", "--to", "2026-01-01"), "swap --from and --to"),
        (
            ("--from", "2026-01-01", "--to", "2026-01-02", "--opens-at", "9:00"),
            "write it as 09:00",
        ),
        (
            ("--from", "2026-01-01", "--to", "2026-01-02", "--opens-at", "18:00"),
            "which is not after 18:00",
        ),
    ],
)
def test_a_calendar_that_cannot_be_is_wrong_use(
    arguments: tuple[str, ...], words: str
) -> None:
    outcome = run("calendar", *arguments)

    assert outcome.exit_code == 2
    assert words in outcome.stderr
