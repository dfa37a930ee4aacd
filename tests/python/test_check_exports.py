"""A folder of exports is checked before a build; each finding says what to do."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from conftest import PROJECT
from exports_builder import Exports
from one_funnel.cli import main
from one_funnel.console import WrongUse
from one_funnel.exports.catalogue import RawTable, read_catalogue
from one_funnel.exports.check import (
    ExportFinding,
    check_exports,
    render_check,
    table_of,
)

LEADS = RawTable("raw_crm__lead", ("Id", "Email", "OwnerId"), "dump", False)
CHANGES = RawTable("raw_crm__lead_history", ("Id", "Field"), "events", False)
NOTES = RawTable("raw_crm__note", ("Id", "Text"), "events", True)
CATALOGUE = (LEADS, CHANGES, NOTES)

LEADS_HEADER = "Id,Email,OwnerId,_exported_at,_source_file,_row_number\n"
CHANGES_HEADER = "Id,Field,_exported_at,_source_file,_row_number\n"
A_LEAD = "L1,ann@firm.nl,U1,2026-12-01T06:00:00Z,lead.csv,1\n"


def write(folder: Path, **files: str | bytes) -> Path:
    """Write files by table; those that are not given hold a header alone."""
    for table, header in (("lead", LEADS_HEADER), ("lead_history", CHANGES_HEADER)):
        files.setdefault(table, header)
    for table, content in files.items():
        path = folder / f"raw_crm__{table}.csv"
        if isinstance(content, str):
            content = content.encode()
        path.write_bytes(content)
    return folder


def findings(folder: Path) -> tuple[ExportFinding, ...]:
    return check_exports(folder, CATALOGUE).findings


def the_finding(folder: Path) -> ExportFinding:
    (finding,) = findings(folder)
    return finding


def test_exports_that_fit_have_no_finding(tmp_path: Path) -> None:
    check = check_exports(write(tmp_path, lead=LEADS_HEADER + A_LEAD), CATALOGUE)

    assert check.findings == ()
    assert (check.file_count, check.row_count) == (2, 1)


@pytest.mark.parametrize(
    "content",
    [
        LEADS_HEADER,
        b"\xef\xbb\xbf" + (LEADS_HEADER + A_LEAD).encode(),
        (LEADS_HEADER + A_LEAD).replace("\n", "\r\n"),
        "More,_row_number,OwnerId,Email,Id,_exported_at,_source_file\n",
        LEADS_HEADER + A_LEAD.replace("U1", '"U,1 ""x""\nsecond line"'),
        LEADS_HEADER + A_LEAD + "\n",
        LEADS_HEADER.replace("Email", " EMAIL "),
        "Id,Email,OwnerId,_exported_at\nL1,ann@firm.nl,U1,1796104800000\n",
    ],
    ids=[
        "header only",
        "byte order mark",
        "carriage returns",
        "added and reordered columns",
        "quoted comma, quote and line break",
        "blank line at the end",
        "name of a column in capitals and spaces",
        "without what the file itself tells, instant in milliseconds",
    ],
)
def test_what_is_fine_is_not_found(tmp_path: Path, content: str | bytes) -> None:
    assert findings(write(tmp_path, lead=content)) == ()


def test_a_missing_file_is_named_with_the_one_that_looks_like_it(
    tmp_path: Path,
) -> None:
    write(tmp_path)
    (tmp_path / "raw_crm__lead.csv").rename(tmp_path / "raw_crm_lead.csv")

    stranger, missing = findings(tmp_path)

    assert (missing.file, missing.severity) == ("raw_crm__lead.csv", "error")
    assert "rename raw_crm_lead" in missing.advice
    assert (stranger.file, stranger.severity) == ("raw_crm_lead.csv", "warning")
    assert "raw_crm__lead.csv" in stranger.advice


def test_an_optional_file_may_be_missing(tmp_path: Path) -> None:
    assert not (write(tmp_path) / "raw_crm__note.csv").exists()
    assert findings(tmp_path) == ()


def test_a_renamed_column_is_named_with_those_that_were_found(tmp_path: Path) -> None:
    finding = the_finding(
        write(tmp_path, lead=LEADS_HEADER.replace("Email", "E-mail") + A_LEAD)
    )

    assert (finding.file, finding.row) == ("raw_crm__lead.csv", 1)
    assert finding.problem == (
        "the column Email is missing; found are "
        "Id, E-mail, OwnerId, _exported_at, _source_file, _row_number"
    )
    assert finding.advice == "was it renamed? 'E-mail' looks like it"


def test_a_column_that_is_expected_is_not_taken_for_a_renamed_one(
    tmp_path: Path,
) -> None:
    table = RawTable("raw_crm__call", ("note_1", "note_2"), "events", False)
    (tmp_path / "raw_crm__call.csv").write_text("note_1,_exported_at\n", "utf-8")

    (finding,) = check_exports(tmp_path, [table]).findings

    assert finding.advice == "add the column to the export; empty values are fine"


def test_a_column_that_occurs_twice_is_named(tmp_path: Path) -> None:
    finding = the_finding(
        write(tmp_path, lead=LEADS_HEADER.replace("Id,", "Id,Email,", 1))
    )

    assert finding.problem == "the column email occurs 2 times"


@pytest.mark.parametrize(
    ("content", "problem", "value"),
    [
        (b"", "the file is empty, without even a header", None),
        (
            A_LEAD,
            "the first line is not a header: none of its values is a column",
            A_LEAD.strip(),
        ),
        (
            LEADS_HEADER.replace(",", ";"),
            "the columns are divided by a semicolon and not by a comma",
            LEADS_HEADER.replace(",", ";").strip(),
        ),
        (
            LEADS_HEADER.replace(",", "\t"),
            "the columns are divided by a tab and not by a comma",
            LEADS_HEADER.replace(",", "\t").strip(),
        ),
        (
            LEADS_HEADER.replace(",", "\t").encode("utf-16"),
            "the file is UTF-16, as Excel's 'Unicode text' is",
            None,
        ),
        (
            LEADS_HEADER.encode("utf-16-le"),
            "the file is UTF-16, as Excel's 'Unicode text' is",
            None,
        ),
    ],
    ids=["empty", "no header", "semicolons", "tabs", "UTF-16", "UTF-16 without mark"],
)
def test_a_file_that_cannot_be_read_as_a_table(
    tmp_path: Path, content: str | bytes, problem: str, value: str | None
) -> None:
    finding = the_finding(write(tmp_path, lead=content))

    assert (finding.row, finding.problem, finding.value) == (1, problem, value)
    assert finding.severity == "error"


def test_bytes_of_another_encoding_are_named_by_their_row(tmp_path: Path) -> None:
    content = LEADS_HEADER + A_LEAD + A_LEAD.replace("ann", "andré")

    finding = the_finding(write(tmp_path, lead=content.encode("windows-1252")))

    assert (finding.row, finding.problem) == (3, "the row is not UTF-8")
    assert "andr" in (finding.value or "")
    assert "iconv" in finding.advice


def test_a_row_of_another_width_is_named_by_its_first_line(tmp_path: Path) -> None:
    two_lines = A_LEAD.replace("U1", '"U\n1"')
    content = LEADS_HEADER + two_lines + two_lines.replace("L1", "L,1")

    finding = the_finding(write(tmp_path, lead=content))

    assert finding.row == 4
    assert finding.problem == "the row has 7 values where the header has 6"
    assert (finding.value or "").startswith("L,1,ann@firm.nl")


def test_a_quote_that_is_not_closed_is_named_by_where_it_opens(tmp_path: Path) -> None:
    content = LEADS_HEADER + A_LEAD + A_LEAD.replace("U1", '"U1') + A_LEAD

    finding = the_finding(write(tmp_path, lead=content))

    assert finding.row == 3
    assert "cannot be parsed as CSV" in finding.problem
    assert "quote" in finding.advice


def test_an_export_without_its_instant_is_named(tmp_path: Path) -> None:
    content = LEADS_HEADER + A_LEAD + A_LEAD.replace("2026-12-01T06:00:00Z", "Monday")

    finding = the_finding(write(tmp_path, lead=content))

    assert (finding.row, finding.value) == (3, "Monday")


def test_many_findings_in_a_file_are_counted_and_not_listed(tmp_path: Path) -> None:
    content = LEADS_HEADER + A_LEAD.replace("U1", "U,1") * 30

    found = findings(write(tmp_path, lead=content))

    assert len(found) == 6
    assert found[-1].problem == "25 more rows of this file have a problem"


def dump(at: str, rows: int) -> str:
    return A_LEAD.replace("2026-12-01T06:00:00Z", at) * rows


def test_a_dump_that_lost_most_of_its_rows_is_warned_of(tmp_path: Path) -> None:
    content = (
        LEADS_HEADER
        + dump("2026-12-08T06:00:00Z", 39)
        + dump("2026-12-01T06:00:00Z", 100)
    )

    check = check_exports(write(tmp_path, lead=content), CATALOGUE)

    (finding,) = check.findings
    assert (finding.severity, finding.value) == ("warning", "39 rows after 100")
    assert check.errors == ()


def test_a_dump_in_a_file_of_its_own_is_compared_with_the_one_before(
    tmp_path: Path,
) -> None:
    write(tmp_path, lead=LEADS_HEADER + dump("2026-12-01T06:00:00Z", 100))
    later = LEADS_HEADER + dump("2026-12-08T06:00:00Z", 10)
    (tmp_path / "raw_crm__lead_2026-12-08.csv").write_text(later, encoding="utf-8")

    assert the_finding(tmp_path).file == "raw_crm__lead_2026-12-08.csv"


def test_a_dump_that_lost_fewer_rows_is_fine(tmp_path: Path) -> None:
    content = (
        LEADS_HEADER
        + dump("2026-12-01T06:00:00Z", 100)
        + dump("2026-12-08T06:00:00Z", 40)
    )

    assert findings(write(tmp_path, lead=content)) == ()


def test_an_export_of_events_may_have_fewer_rows_than_the_last(tmp_path: Path) -> None:
    change = "C1,Status,2026-12-0{}T06:00:00Z,history.csv,1\n"
    content = CHANGES_HEADER + change.format(1) * 100 + change.format(8)

    assert findings(write(tmp_path, lead_history=content)) == ()


def test_parquet_is_checked_by_its_columns(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "raw_crm__lead.csv").unlink()
    parquet = tmp_path / "raw_crm__lead_2026.parquet"
    duckdb.sql(
        "copy (select 'L1' as \"Id\", 'U1' as \"OwnerId\", "
        "'2026-12-01T06:00:00Z' as _exported_at, 'x' as _source_file, "
        f"'1' as _row_number) to '{parquet}'"
    )

    finding = the_finding(tmp_path)

    assert finding.file == parquet.name
    assert finding.problem.startswith("the column Email is missing; found are Id,")


def test_a_file_that_is_no_parquet_is_named(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "raw_crm__lead.parquet").write_text("no", encoding="utf-8")

    assert the_finding(tmp_path).problem == "the file cannot be read as Parquet"


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("raw_crm__lead.csv", "raw_crm__lead"),
        ("raw_crm__lead_2026-12.csv", "raw_crm__lead"),
        ("raw_crm__lead_history.csv", "raw_crm__lead_history"),
        ("raw_crm__lead_history_2026-12.parquet", "raw_crm__lead_history"),
        ("raw_crm__lead.xlsx", None),
        ("lead.csv", None),
    ],
)
def test_the_table_of_a_file_is_the_longest_name_that_fits(
    name: str, table: str | None
) -> None:
    assert table_of(Path(name), [table.name for table in CATALOGUE]) == table


def test_a_finding_is_told_with_place_value_and_advice(tmp_path: Path) -> None:
    content = LEADS_HEADER + A_LEAD.replace("U1", "U,1")

    told = render_check(check_exports(write(tmp_path, lead=content), CATALOGUE))

    assert told == (
        "error: raw_crm__lead.csv, row 2: "
        "the row has 7 values where the header has 6\n"
        f"    found: {A_LEAD.strip().replace('U1', 'U,1')}\n"
        "    do: put a value that holds a comma, a quote or a line break in quotes\n"
        "2 files with 0 rows: 1 errors, 0 warnings"
    )


@pytest.fixture
def small_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a catalogue of two tables, as the current folder."""
    (tmp_path / "seeds" / "exports").mkdir(parents=True)
    (tmp_path / "dbt_project.yml").write_text("name: small\n", encoding="utf-8")
    (tmp_path / "seeds" / "exports" / "_exports__seeds.yml").write_text(
        """
seeds:
  - name: raw_crm__lead
    config:
      meta: {kind: dump}
    columns:
      - name: Id
      - name: _exported_at
  - name: raw_crm__note
    config:
      meta: {kind: events, optional: true}
    columns:
      - name: Id
""",
        encoding="utf-8",
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_catalogue_is_read_from_the_seeds(small_project: Path) -> None:
    assert read_catalogue(small_project) == (
        RawTable("raw_crm__lead", ("Id",), "dump", False),
        RawTable("raw_crm__note", ("Id",), "events", True),
    )


def test_a_missing_catalogue_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="git checkout"):
        read_catalogue(tmp_path)


def test_the_command_exits_by_what_it_found(small_project: Path) -> None:
    folder = small_project / "monday"
    folder.mkdir()
    refused = CliRunner().invoke(main, ["check-exports", str(folder), "--json"])
    (folder / "raw_crm__lead.csv").write_text(
        "Id,_exported_at\nL1,2026-12-01T06:00:00Z\n", encoding="utf-8"
    )
    passed = CliRunner().invoke(main, ["check-exports", str(folder)])

    assert refused.exit_code == 1
    assert [found["file"] for found in json.loads(refused.stdout)] == [
        "raw_crm__lead.csv"
    ]
    assert "mend them and check again" in refused.stderr
    assert passed.exit_code == 0
    assert passed.stdout == "1 files with 1 rows: 0 errors, 0 warnings\n"


def test_exports_of_the_test_builder_fit_the_projects_catalogue(
    tmp_path: Path,
) -> None:
    Exports(exported_at="2026-12-01 06:00").write(tmp_path)
    catalogue = read_catalogue(PROJECT)

    check = check_exports(tmp_path, catalogue)

    assert check.findings == ()
    assert check.file_count == len(catalogue)
    assert {table.kind for table in catalogue} == {"dump", "events", "restated"}
