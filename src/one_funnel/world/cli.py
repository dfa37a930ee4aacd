"""The command `one-funnel world`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from one_funnel.console import WrongUse, say
from one_funnel.project import find_project
from one_funnel.world.generator import make_world
from one_funnel.world.scenario import SCENARIOS, Hazards, Scenario
from one_funnel.world.scenario_file import EXAMPLE, ScenarioFile

HELP = f"""Make the raw exports of an invented company, and who is who in them.

As CSV every life is told one by one, which is right for the demo and up to some ten
thousand people. As Parquet lives are simpler and made in parts, up to 5,000,000 people
and 500,000,000 page views in bounded memory; the truth then holds every stage's true
instant, and what each channel and campaign truly brought (channel_effects.csv).

Equal seeds give equal bytes. Prints the folder of the exports.

\b
Examples:
    one-funnel world --seed 7 --people 200 --out /tmp/exports --truth /tmp/truth
    one-funnel world --format parquet --people 100000 --page-views 10000000 \\
        --out /tmp/exports --truth /tmp/truth
    one-funnel world --scenario company.yml --format parquet --out /tmp/exports

\b
A scenario file, in which every key may be left out:
{"".join(f"    {line}" for line in EXAMPLE.splitlines(keepends=True))}"""


@click.command(help=HELP, short_help="Make raw exports of an invented company.")
@click.option(
    "--seed", type=click.IntRange(min=0), help="[default: the scenario's, or 20250512]"
)
@click.option(
    "--scenario",
    metavar="NAME|FILE.yml",
    help=f"What the world is made of: {', '.join(sorted(SCENARIOS))}, or a file; clean "
    "is the demo without dirt.  [default: demo, of Parquet market]",
)
@click.option(
    "--people",
    type=click.IntRange(1, 5_000_000),
    help="Known people.  [default: the scenario's]",
)
@click.option(
    "--page-views",
    type=click.IntRange(1, 500_000_000),
    help="Page views.  [default: the scenario's]",
)
@click.option(
    "--format",
    "file_format",
    type=click.Choice(["csv", "parquet"]),
    default="csv",
    show_default=True,
    help="Files to write, and by that which lives to tell.",
)
@click.option(
    "--processes",
    type=click.IntRange(1, 64),
    default=2,
    show_default=True,
    help="Parts to make at a time, of Parquet.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the exports.  [default: seeds/exports, of Parquet none]",
)
@click.option(
    "--truth",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of who is who.  [default: none is written]",
)
def world(
    seed: int | None,
    scenario: str | None,
    people: int | None,
    page_views: int | None,
    file_format: str,
    processes: int,
    out: Path | None,
    truth: Path | None,
) -> None:
    """See HELP, which holds the example of a scenario file."""
    root = find_project().root
    is_parquet = file_format == "parquet"
    chosen = read_scenario(scenario or ("market" if is_parquet else "demo"))
    chosen = replace(
        chosen,
        people=people or chosen.people,
        page_views=page_views or chosen.page_views,
        seed=chosen.seed if seed is None else seed,
    )
    if is_parquet:
        if out is None:
            raise WrongUse("say with --out which folder the Parquet files go into")
        size = write_parts(chosen, root, out, truth, processes)
    else:
        refuse_hidden_settings(chosen)
        out = out or root / "seeds" / "exports"
        size = make_world(chosen, chosen.seed, root, out, truth)
    say(f"wrote {size / 1_000_000:.1f} MB of exports of {chosen.people} people")
    click.echo(out)


def read_scenario(name: str) -> Scenario:
    """A scenario by its name, or from a file."""
    if name in SCENARIOS:
        return SCENARIOS[name]
    path = Path(name)
    if not path.is_file():
        raise WrongUse(
            f"--scenario {name} is neither a file nor one of "
            f"{', '.join(sorted(SCENARIOS))}"
        )
    return ScenarioFile(path).read()


def refuse_hidden_settings(scenario: Scenario) -> None:
    """The lives that are told one by one are moved by other things."""
    if scenario.hazards != Hazards() or scenario.campaign_effects:
        raise WrongUse(
            "hazards and campaign_effects are of worlds in parts: add --format parquet"
        )


def write_parts(
    scenario: Scenario, root: Path, out: Path, truth: Path | None, processes: int
) -> int:
    """Write a world in parts, with a progress bar on standard error."""
    from one_funnel.world.parts import WorldInParts, make_world_in_parts

    stale = [
        path
        for folder in (out, truth)
        if folder is not None and folder.exists()
        for path in sorted(folder.rglob("*.parquet"))
    ]
    if stale:
        raise WrongUse(
            f"{stale[0]} is of an earlier world, and a build would read both: give "
            "empty folders"
        )
    with click.progressbar(
        length=scenario.page_views,
        label=f"{scenario.people} people",
        file=click.get_text_stream("stderr"),
        update_min_steps=max(scenario.page_views // 200, 1),
    ) as bar:
        return make_world_in_parts(
            WorldInParts(scenario, scenario.seed, root, out, truth),
            processes,
            bar.update,
        )


main = world
