"""The command `one-funnel definition`."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from datetime import date, datetime

import click

from one_funnel.console import Finding, WrongUse, step
from one_funnel.definition.calendar import (
    EMPLOYER_CHOICES,
    WorkingHours,
    calendar_rows,
)
from one_funnel.definition.differences import differences, render_differences
from one_funnel.definition.hashes import (
    Signed,
    compare_with_signed,
    content_hash,
    hashes_of_version,
    write_hashes,
)
from one_funnel.definition.tables import (
    VERSION,
    VERSIONS,
    definition_folder,
    known_version,
    read_tables,
    versions_of,
)
from one_funnel.project import find_project


@click.group(short_help="Check, sign, compare and print the lead definition.")
def definition() -> None:
    """Check, sign and compare the agreement between marketing and sales.

    The agreement is the tables of seeds/lead_definition; nothing here changes a row of
    them but `hash --write`, which fills in what both teams sign for.
    """


@definition.command(short_help="Say whether the agreement holds together.")
@click.option(
    "--hashes-only", is_flag=True, help="Compare hashes, and leave the rules unchecked."
)
def check(hashes_only: bool) -> None:
    """Say whether each version is what was signed, and whether the rules hold together.

    Prints the content hash of every version, then runs the checks that every build
    runs, on the agreement and the mapping tables alone. Exits 1 on a finding.

    Example: one-funnel definition check
    """
    project = find_project()
    tables = read_tables(definition_folder(project.root))
    versions = [compare_with_signed(tables, name) for name in versions_of(tables)]
    for version in versions:
        click.echo(_told(version))
    findings = [
        f"{version.version} is not what was signed: see {', '.join(version.changed)}"
        if version.changed
        else f"{version.version} has another hash than definition_hashes.csv adds up to"
        for version in versions
        if not version.holds
    ]
    if not hashes_only:
        from one_funnel.definition.checks import check_agreement

        with step("check"):
            checked = check_agreement(project)
        click.echo(
            f"{checked.check_count} checks: "
            + (f"{len(checked.findings)} failed" if checked.findings else "all hold")
        )
        findings.extend(checked.findings)
    if findings:
        raise Finding("\n".join(findings))


@definition.command("hash", short_help="Print the hashes that a version is signed for.")
@click.option("--version", required=True, help="Version, such as 1.2.0.")
@click.option("--write", is_flag=True, help="Write them into the tables as well.")
def print_hashes(version: str, write: bool) -> None:
    """Print the rows of definition_hashes for a version, and its content hash last.

    With --write they are put into definition_hashes.csv and definition_versions.csv.
    Refuses a version that has another hash already: it was settled, and a change of it
    is a new version.

    Example: one-funnel definition hash --version 1.2.0 --write
    """
    folder = definition_folder(find_project().root)
    tables = read_tables(folder)
    hashes = hashes_of_version(tables, known_version(tables, version))
    if write:
        write_hashes(folder, tables, version)
    for table_name, row_hash in hashes.items():
        click.echo(f"{version},{table_name},{row_hash}")
    click.echo(f"content_hash,{content_hash(version, hashes)}")


@definition.command(short_help="Print what two versions say differently.")
@click.argument("before")
@click.argument("after")
def diff(before: str, after: str) -> None:
    """Print the rows that differ between two versions, by table.

    A row with ~ is in both and says something else, one with - is only in the first
    and one with + only in the second.

    Example: one-funnel definition diff 1.1.0 1.2.0
    """
    tables = read_tables(definition_folder(find_project().root))
    for version in (before, after):
        known_version(tables, version)
    (row,) = tables[VERSIONS].of_version(after)
    click.echo(f"{before} → {row[VERSION]}: {row['change_note_en']}")
    found = differences(tables, before, after)
    click.echo(render_differences(found) or "no difference")


@definition.command(short_help="Print the rows of a working calendar.")
@click.option(
    "--from",
    "first",
    type=click.DateTime(["%Y-%m-%d"]),
    required=True,
    help="First day, such as 2023-01-01.",
)
@click.option(
    "--to",
    "last",
    type=click.DateTime(["%Y-%m-%d"]),
    required=True,
    help="Last day, included.",
)
@click.option(
    "--version", default="v1", show_default=True, help="Version of the calendar."
)
@click.option(
    "--opens-at", default="09:00", show_default=True, help="Opening time, local."
)
@click.option(
    "--closes-at", default="17:30", show_default=True, help="Closing time, local."
)
@click.option(
    "--closed-on",
    multiple=True,
    type=click.Choice(EMPLOYER_CHOICES, case_sensitive=False),
    help="Close on this day as well; may be given twice.",
)
def calendar(
    first: datetime,
    last: datetime,
    version: str,
    opens_at: str,
    closes_at: str,
    closed_on: tuple[str, ...],
) -> None:
    """Print the rows of working_calendar, with weekends and Dutch holidays closed.

    A change of hours is a new version of the calendar, from its own first day on: days
    that are past keep the hours that they had.

    Example: one-funnel definition calendar --from 2023-01-01 --to 2032-12-31
    """
    if last < first:
        raise WrongUse("the last day lies before the first: swap --from and --to")
    for time in (opens_at, closes_at):
        if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", time):
            raise WrongUse(f"{time!r} is no time of day: write it as 09:00")
    if closes_at <= opens_at:
        raise WrongUse(f"it closes at {closes_at}, which is not after {opens_at}")
    rows = calendar_rows(
        version,
        date(first.year, first.month, first.day),
        date(last.year, last.month, last.day),
        WorkingHours(opens_at, closes_at),
        frozenset(closed_on),
    )
    click.echo(_as_csv(rows), nl=False)


def _told(version: Signed) -> str:
    if not version.signed_by:
        state = "not signed"
    elif version.holds:
        state = f"as signed by {' and '.join(version.signed_by)}"
    else:
        state = "changed since it was signed"
    return f"{version.version}  {version.status:<7}  {version.content_hash}  {state}"


def _as_csv(rows: Iterable[dict[str, str]]) -> str:
    text = io.StringIO()
    writer: csv.DictWriter[str] | None = None
    for row in rows:
        if writer is None:
            writer = csv.DictWriter(text, list(row), lineterminator="\n")
            writer.writeheader()
        writer.writerow(row)
    return text.getvalue()
