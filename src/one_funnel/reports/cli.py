"""The command `one-funnel report`."""

from __future__ import annotations

from pathlib import Path

import click

from one_funnel.console import say
from one_funnel.project import find_project
from one_funnel.reports.page import render_weekly_page
from one_funnel.reports.weekly import read_weekly_report


@click.command(short_help="Write the pages of the published marts.")
@click.option(
    "--database",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Published database.  [default: warehouse/one_funnel.duckdb]",
)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder that the pages are written into.  [default: reports]",
)
def report(database: Path | None, output: Path | None) -> None:
    """Write the weekly report from the published marts, in Dutch and English.

    The page needs no network and holds no e-mail address. Prints its path.

    \b
    Example:
        one-funnel report --database warehouse/one_funnel.duckdb --output reports
    """
    project = find_project()
    published = database or project.warehouse / "one_funnel.duckdb"
    folder = output or project.reports
    say(f"reading {published}")
    page = render_weekly_page(read_weekly_report(published))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "weekly.html"
    path.write_text(page, encoding="utf-8")
    click.echo(path)


main = report
