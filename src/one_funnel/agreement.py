"""The lead definition, as it stands in a built database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb

from one_funnel.console import WrongUse


@dataclass(frozen=True)
class Signature:
    """A team's signature under a version; both parts are None while it has not."""

    signed_by: str | None
    signed_at: str | None


@dataclass(frozen=True)
class MqlLine:
    """What a score has to reach under one version, in points."""

    definition_version: str
    fit_gate: Decimal
    behaviour_gate: Decimal
    total_line: Decimal


@dataclass(frozen=True)
class Stage:
    """A stage of the funnel, in the agreement's own order."""

    stage: str
    label: str
    is_funnel: bool


@dataclass(frozen=True)
class Agreement:
    """The version in force at `as_of`, and the words that the versions agree on.

    `definition_version` and the signatures are None before the first version. The sets
    hold the words of every version, since a mart keeps rows of earlier ones.
    """

    as_of: datetime
    as_of_date: date
    definition_version: str | None
    signed_by_marketing: Signature
    signed_by_sales: Signature
    stages: tuple[Stage, ...]
    teams: frozenset[str]
    outcomes: frozenset[str]
    events: frozenset[str]
    reason_codes: frozenset[str]
    channels: frozenset[str]
    mql_lines: tuple[MqlLine, ...]


VERSION_IN_FORCE = """
with

versions as (

    select
        definition_versions.definition_version,
        definition_versions.signed_by_marketing,
        cast(definition_versions.signed_by_marketing_at as varchar)
            as signed_by_marketing_at,
        definition_versions.signed_by_sales,
        cast(definition_versions.signed_by_sales_at as varchar)
            as signed_by_sales_at,
        timezone(
            settings.value,
            try_cast(definition_versions.effective_from as timestamp)
        ) as effective_from

    from lead_definition.definition_versions

    inner join lead_definition.definition_settings as settings
        on
            definition_versions.definition_version = settings.definition_version
            and settings.setting = 'report_time_zone'

    where definition_versions.status in ('active', 'retired')

)

select
    definition_version,
    signed_by_marketing,
    signed_by_marketing_at,
    signed_by_sales,
    signed_by_sales_at

from versions

where effective_from <= $as_of

order by effective_from desc

limit 1
"""

STAGES = """
select
    stage,
    label_en,
    coalesce(cast(is_funnel as boolean), false) as is_funnel

from lead_definition.funnel_stages

where definition_version = $version

order by cast(stage_rank as integer), stage
"""

MQL_LINES = """
select
    definition_version,
    max(value) filter (where setting = 'fit_gate') as fit_gate,
    max(value) filter (where setting = 'behaviour_gate') as behaviour_gate,
    max(value) filter (where setting = 'total_line') as total_line

from lead_definition.definition_settings

group by definition_version

order by definition_version
"""


def read_agreement(connection: duckdb.DuckDBPyConnection) -> Agreement:
    """Read the agreement from a connection to a built or published database.

    Raises WrongUse when a table of it is missing.
    """
    try:
        return _read(connection)
    except duckdb.CatalogException as error:
        raise WrongUse(
            "the database holds no complete lead definition: build it with "
            f"`one-funnel build` first ({error})"
        ) from error


def read_agreement_of(database: Path) -> Agreement:
    """Read the agreement from a database file, which is closed again."""
    with duckdb.connect(str(database), read_only=True) as connection:
        return read_agreement(connection)


def _read(connection: duckdb.DuckDBPyConnection) -> Agreement:
    connection.execute("set timezone = 'UTC'")
    as_of, as_of_date = connection.execute(
        "select as_of, as_of_date_local from utilities.as_of"
    ).fetchall()[0]
    in_force = connection.execute(VERSION_IN_FORCE, {"as_of": as_of}).fetchall()
    version, marketing, marketing_at, sales, sales_at = (
        in_force[0] if in_force else (None,) * 5
    )
    stages = connection.execute(
        STAGES,
        {"version": version or _first_version(connection)},
    ).fetchall()
    lines = connection.execute(MQL_LINES).fetchall()
    return Agreement(
        as_of=as_of,
        as_of_date=as_of_date,
        definition_version=version,
        signed_by_marketing=Signature(marketing, marketing_at),
        signed_by_sales=Signature(sales, sales_at),
        stages=tuple(Stage(*stage) for stage in stages),
        teams=_words(connection, "lead_definition.funnel_stages", "owner_team"),
        outcomes=_words(
            connection, "lead_definition.stage_transitions", "closes_pass_as"
        ),
        events=_words(connection, "lead_definition.lifecycle_events", "event"),
        reason_codes=_words(
            connection, "lead_definition.rejection_reasons", "reason_code"
        ),
        channels=_words(connection, "mappings.channel_rules", "channel"),
        mql_lines=tuple(
            MqlLine(line[0], *(Decimal(points) for points in line[1:]))
            for line in lines
        ),
    )


def _first_version(connection: duckdb.DuckDBPyConnection) -> str | None:
    """The version that judges what came before the first one took effect."""
    first = connection.execute(
        "select min(definition_version) from lead_definition.definition_versions"
    ).fetchall()
    version = first[0][0]
    return None if version is None else str(version)


def _words(
    connection: duckdb.DuckDBPyConnection, table: str, column: str
) -> frozenset[str]:
    """The words in a column, over all versions, without the empty one."""
    rows = connection.execute(
        f"select distinct {column} from {table} where coalesce({column}, '') <> ''"
    ).fetchall()
    return frozenset(str(word) for (word,) in rows)
