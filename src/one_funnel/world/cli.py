"""The command `one-funnel world`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from one_funnel.console import say
from one_funnel.project import find_project
from one_funnel.world.generator import make_world
from one_funnel.world.scenario import SCENARIOS


@click.command(short_help="Make raw exports of an invented company.")
@click.option("--seed", type=int, default=20250512, show_default=True)
@click.option(
    "--scenario",
    type=click.Choice(sorted(SCENARIOS)),
    default="demo",
    show_default=True,
    help="What the world is made of; clean is the demo without dirt.",
)
@click.option("--people", type=int, help="Known people.  [default: the scenario's]")
@click.option("--page-views", type=int, help="Page views.  [default: the scenario's]")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the exports.  [default: seeds/exports]",
)
@click.option(
    "--truth",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of who is who.  [default: none is written]",
)
def world(
    seed: int,
    scenario: str,
    people: int | None,
    page_views: int | None,
    out: Path | None,
    truth: Path | None,
) -> None:
    """Make the raw exports of an invented company, and who is who in them.

    Equal seeds give equal bytes. Prints the folder of the exports.

    \b
    Example:
        one-funnel world --seed 7 --people 200 --out /tmp/exports --truth /tmp/truth
    """
    root = find_project().root
    chosen = SCENARIOS[scenario]
    chosen = replace(
        chosen,
        people=people or chosen.people,
        page_views=page_views or chosen.page_views,
    )
    folder = out or root / "seeds" / "exports"
    size = make_world(chosen, seed, root, folder, truth)
    say(f"wrote {size / 1_000_000:.1f} MB of exports of {chosen.people} people")
    click.echo(folder)


main = world
