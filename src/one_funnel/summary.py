"""What a build ends with: the funnel, the agreement and who holds how many leads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from one_funnel.agreement import Agreement, Signature

NO_VALUE = "–"

FIRST_ENTRIES = """
select
    pass_id,
    stage,
    min(occurred_at) as entered_at

from marts.fct_stage_events

group by pass_id, stage
"""


@dataclass(frozen=True)
class FunnelStep:
    """One stage of the funnel.

    `reached` counts passes that reached it or a later stage. `conversion` is their
    share of those that reached the stage before, None for the first stage and where
    there are none. `median_days` is from the first entry of the stage before to that of
    this one, over the passes that stood in both; None where there are none.
    """

    label: str
    reached: int
    conversion: float | None
    median_days: float | None


@dataclass(frozen=True)
class TeamLeads:
    """How many people a team answers for at `as_of`."""

    owner_team: str
    people: int


@dataclass(frozen=True)
class Summary:
    """What a build ends with, read from the published file."""

    agreement: Agreement
    funnel: tuple[FunnelStep, ...]
    owners: tuple[TeamLeads, ...]
    published: Path
    build_id: str


def summarise(agreement: Agreement, published: Path) -> Summary:
    """Read the summary from a published database.

    `agreement` gives the stages in their order and the signatures.
    """
    stages = [stage for stage in agreement.stages if stage.is_funnel]
    with duckdb.connect(str(published.resolve()), read_only=True) as connection:
        steps: list[FunnelStep] = []
        for position, stage in enumerate(stages):
            previous = stages[position - 1] if position else None
            reached = _reached(connection, stage.stage)
            steps.append(
                FunnelStep(
                    label=stage.label,
                    reached=reached,
                    conversion=(
                        reached / steps[-1].reached
                        if steps and steps[-1].reached
                        else None
                    ),
                    median_days=(
                        _median_days(connection, previous.stage, stage.stage)
                        if previous
                        else None
                    ),
                )
            )
        owners = connection.execute(
            """
            select
                owner_team,
                count(distinct person_id) as people

            from marts.fct_ownership_periods

            where valid_to is null

            group by owner_team

            order by owner_team nulls last
            """
        ).fetchall()
        (build_id,) = connection.execute(
            "select build_id from marts.publication"
        ).fetchall()[0]
    return Summary(
        agreement=agreement,
        funnel=tuple(steps),
        owners=tuple(TeamLeads(team, people) for team, people in owners),
        published=published,
        build_id=build_id,
    )


def render_summary(summary: Summary) -> str:
    """The summary as text for a terminal."""
    agreement = summary.agreement
    funnel = _table(
        ("stage", "passes", "of previous", "median days"),
        [
            (
                step.label,
                f"{step.reached:,}",
                NO_VALUE if step.conversion is None else f"{step.conversion:.1%}",
                NO_VALUE if step.median_days is None else f"{step.median_days:,.1f}",
            )
            for step in summary.funnel
        ],
    )
    owners = _table(
        ("team", "leads now"),
        [(team.owner_team, f"{team.people:,}") for team in summary.owners],
    )
    return "\n".join(
        [
            f"As of {agreement.as_of:%Y-%m-%d %H:%M} UTC",
            "",
            funnel,
            "",
            f"Agreement {agreement.definition_version or NO_VALUE}",
            f"  {_signature('marketing', agreement.signed_by_marketing)}",
            f"  {_signature('sales', agreement.signed_by_sales)}",
            "",
            owners,
            "",
            f"Published {summary.build_id}",
            f"  {summary.published}",
        ]
    )


def _reached(connection: duckdb.DuckDBPyConnection, stage: str) -> int:
    (reached,) = connection.execute(
        f'select count(*) filter (where "reached_{stage}") from marts.fct_funnel'
    ).fetchall()[0]
    return int(reached)


def _median_days(
    connection: duckdb.DuckDBPyConnection, from_stage: str, to_stage: str
) -> float | None:
    (days,) = connection.execute(
        f"""
        with

        first_entries as ({FIRST_ENTRIES})

        select median(epoch(arrived.entered_at - started.entered_at) / 86400)

        from first_entries as started

        inner join first_entries as arrived
            on started.pass_id = arrived.pass_id

        where
            started.stage = $from_stage
            and arrived.stage = $to_stage
            and arrived.entered_at >= started.entered_at
        """,
        {"from_stage": from_stage, "to_stage": to_stage},
    ).fetchall()[0]
    return None if days is None else float(days)


def _signature(team: str, signature: Signature) -> str:
    if not signature.signed_by or not signature.signed_at:
        return f"{team}: not signed"
    return f"{team}: signed by {signature.signed_by} on {signature.signed_at[:10]}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns in line: the first to the left, numbers to the right."""
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )
