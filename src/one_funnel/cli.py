"""The command `one-funnel`.

Each command is a thin layer over a library of this package. It prints data on stdout
and progress on stderr, and exits 0 when all is fine, 1 on a finding and 2 on wrong use.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from one_funnel.console import Finding, WrongUse, say, step

# Rooms of the package with commands of their own, loaded when they are called.
ROOMS = {
    "definition": (
        "one_funnel.definition.cli",
        "Check, sign, compare and print the lead definition.",
    ),
    "report": ("one_funnel.reports.cli", "Write the pages of the published marts."),
    "world": ("one_funnel.world.cli", "Make raw exports of an invented company."),
}

Command = TypeVar("Command", bound=Callable[..., Any])


class LazyGroup(click.Group):
    """A group that imports a room only when its command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, in alphabetical order."""
        return sorted({*super().list_commands(ctx), *ROOMS})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name; a room's is imported now."""
        if cmd_name in ROOMS:
            return load_room(cmd_name)
        return super().get_command(ctx, cmd_name)

    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """List the commands without importing a room."""
        rows = [
            (
                name,
                ROOMS[name][1] if name in ROOMS else self.commands[name].short_help,
            )
            for name in self.list_commands(ctx)
        ]
        with formatter.section("Commands"):
            formatter.write_dl([(name, text or "") for name, text in rows])


def load_room(name: str) -> click.Command:
    """The click command of a room, which is called as the command is, or `main`.

    Raises WrongUse when this installation does not have the room.
    """
    module_name, _ = ROOMS[name]
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is None or not module_name.startswith(error.name):
            raise
        raise WrongUse(
            f"this installation has no `one-funnel {name}`: "
            "install the whole package with `make install`"
        ) from error
    for attribute in (name, "main", "cli"):
        command = getattr(module, attribute, None)
        if isinstance(command, click.Command):
            return command
    raise WrongUse(f"{module_name} has no click command called {name}")


def database_option(command: Command) -> Command:
    """The option that names the working database."""
    return click.option(
        "--database",
        type=click.Path(dir_okay=False, path_type=Path),
        help="Working database, called one_funnel.duckdb.  [default: "
        "$ONE_FUNNEL_DATABASE, else warehouse/work/one_funnel.duckdb]",
    )(command)


def warehouse_option(command: Command) -> Command:
    """The option that names the folder of published builds."""
    return click.option(
        "--warehouse",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder that holds the published builds.  [default: warehouse]",
    )(command)


def reports_option(command: Command) -> Command:
    """The option that names the folder of pages."""
    return click.option(
        "--reports",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder that pages are written into.  [default: reports]",
    )(command)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 88},
)
@click.version_option(package_name="one-funnel")
def main() -> None:
    """One funnel for marketing and sales, from raw exports to published marts.

    Data goes to standard output and progress to standard error. The exit code is 0
    when all is fine, 1 on a finding and 2 on wrong use.
    """


@main.command(short_help="Build, audit and publish the warehouse, and write its pages.")
@click.option(
    "--exports-dir",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of raw exports, as CSV or Parquet.  [default: the demo's]",
)
@click.option(
    "--as-of",
    metavar="INSTANT",
    help="Build as it was then, such as 2026-10-05T05:00:00Z.  [default: the newest "
    "export]",
)
@database_option
@warehouse_option
@reports_option
def build(
    exports_dir: Path | None,
    as_of: str | None,
    database: Path | None,
    warehouse: Path | None,
    reports: Path | None,
) -> None:
    """Build, audit and publish the warehouse, and write its pages.

    Stops at the first model, seed or test that fails, and publishes nothing when the
    audit fails: the last good publication stays in force.

    Example: one-funnel build --exports-dir exports/monday
    """
    from one_funnel.agreement import read_agreement_of
    from one_funnel.building import build_database
    from one_funnel.project import find_project
    from one_funnel.publish import publish as publish_database
    from one_funnel.quality.audit import audit_database
    from one_funnel.quality.page import write_pages
    from one_funnel.summary import render_summary, summarise

    _refuse_unclear_instant(as_of)
    project = find_project(database, warehouse, reports)
    with step("build"):
        built = build_database(project, exports_dir, as_of)
    say("  " + ", ".join(f"{count} {kind}s" for kind, count in built.counts))
    for warning in built.warnings:
        say(f"warning: {warning}")
    with step("audit"):
        audited = audit_database(project.database)
        write_pages(audited, project.reports)
    _tell_warnings(audited)
    with step("publish"):
        published = publish_database(project.database, project.warehouse, audited)
    with step("report"):
        _write_reports(published.link, project.reports)
    agreement = read_agreement_of(project.database)
    click.echo(render_summary(summarise(agreement, published.link)))


@main.command(short_help="Check a folder of raw exports before it is built.")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def check_exports(folder: Path, as_json: bool) -> None:
    """Check a folder of raw exports before it is built.

    Tells of files, columns and rows that a build would stumble over, each with what to
    do about it. Exits 1 when there is an error; a warning is for a person to judge.

    Example: one-funnel check-exports exports/monday
    """
    from one_funnel.exports.catalogue import read_catalogue
    from one_funnel.exports.check import check_exports as check_folder
    from one_funnel.exports.check import render_check
    from one_funnel.project import find_project

    check = check_folder(folder, read_catalogue(find_project().root))
    if as_json:
        click.echo(
            json.dumps(
                [asdict(finding) for finding in check.findings],
                indent=2,
                ensure_ascii=False,
            )
        )
    else:
        click.echo(render_check(check))
    if check.errors:
        raise Finding(
            f"{len(check.errors)} errors in {folder}: mend them and check again"
        )


@main.command(short_help="Check the marts of the working database.")
@database_option
@reports_option
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON.")
def audit(database: Path | None, reports: Path | None, as_json: bool) -> None:
    """Check the marts of the working database against the agreement.

    Reads the database and changes nothing in it; writes data_quality.html and
    data_quality.json into the folder of pages. Exits 1 on a violation, and 2 when a
    check could not be carried out.

    Example: one-funnel audit
    """
    from one_funnel.project import existing_database, find_project
    from one_funnel.publish import tell_violations
    from one_funnel.quality.audit import audit_database
    from one_funnel.quality.page import write_pages

    project = find_project(database, reports=reports)
    with step("audit"):
        audited = audit_database(existing_database(project))
        page, _ = write_pages(audited, project.reports)
    _tell_warnings(audited)
    if as_json:
        click.echo(audited.as_json())
    else:
        click.echo(
            f"{len(audited.results)} checks: {len(audited.violations)} violations, "
            f"{len(audited.warnings)} warnings; see {page}"
        )
    if audited.violations:
        raise Finding(tell_violations(audited))


@main.command(short_help="Audit the working database and publish it.")
@database_option
@warehouse_option
@reports_option
@click.option(
    "--roll-back-to",
    metavar="BUILD",
    help="Put an earlier build in force again instead.",
)
def publish(
    database: Path | None,
    warehouse: Path | None,
    reports: Path | None,
    roll_back_to: str | None,
) -> None:
    """Audit the working database and publish it.

    Nothing is published that was not audited. The link one_funnel.duckdb in the
    warehouse is swapped in one step, and the last builds are kept.

    Example: one-funnel publish
    """
    from one_funnel.project import existing_database, find_project
    from one_funnel.publish import publish as publish_database
    from one_funnel.publish import roll_back
    from one_funnel.quality.audit import audit_database
    from one_funnel.quality.page import write_pages

    project = find_project(database, warehouse, reports)
    if roll_back_to is not None:
        click.echo(roll_back(project.warehouse, roll_back_to))
        return
    with step("audit"):
        audited = audit_database(existing_database(project))
        write_pages(audited, project.reports)
    _tell_warnings(audited)
    with step("publish"):
        published = publish_database(project.database, project.warehouse, audited)
    say(f"  {published.table_count} tables, build {published.build_id}")
    click.echo(published.database)


def _refuse_unclear_instant(as_of: str | None) -> None:
    from datetime import datetime

    if as_of is None:
        return
    try:
        instant = datetime.fromisoformat(as_of)
    except ValueError:
        _refuse_as_of(as_of, "is no instant")
    if instant.tzinfo is None:
        _refuse_as_of(as_of, "has no time zone")


def _refuse_as_of(as_of: str, why: str) -> NoReturn:
    raise click.BadParameter(
        f"{as_of!r} {why}: write it as 2026-10-05T05:00:00Z",
        param_hint="'--as-of'",
    )


def _tell_warnings(audited: Any) -> None:
    for result in audited.warnings:
        say(
            f"warning: {result.mart}: {result.expectation} "
            f"{result.unexpected_count} row(s), for example {result.sample or '–'}"
        )


def _write_reports(published: Path, reports: Path) -> None:
    """Write every page from the published file, as `one-funnel report` does.

    The pages' paths are data of that command, and progress of a build.
    """
    with redirect_stdout(sys.stderr):
        load_room("report").main(
            args=["--database", str(published), "--output", str(reports)],
            prog_name="one-funnel report",
            standalone_mode=False,
        )


if __name__ == "__main__":
    main()
