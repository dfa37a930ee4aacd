"""The figures of the weekly report, read from a published database.

The report is of the last complete week (Monday to Sunday, in the agreement's time zone)
at the instant of the publication. Ratios are sums over sums; a ratio of nothing is None
and prints as a dash.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from one_funnel.console import WrongUse


@dataclass(frozen=True)
class Banner:
    """What the page reads: `as_of` is an instant in UTC, a week starts on Monday."""

    build_id: str
    as_of: datetime
    as_of_local: str
    week: str
    week_start: date
    week_end: date
    definition_version: str | None
    signed_by_marketing: str | None
    signed_by_sales: str | None
    quarantined_rows: int
    unmapped_values: int


@dataclass(frozen=True)
class Headline:
    """A count (or an amount in euro) of the week, and its mean over four before it."""

    measure: str
    this_week: Decimal
    mean_before: Decimal
    weekly_target: Decimal | None


@dataclass(frozen=True)
class Wall:
    """Where the handover hangs; minutes are business minutes, shares 0 to 1."""

    handovers_in_week: int
    limbo_p90_minutes: Decimal | None
    orphan_minutes: Decimal
    double_owner_minutes: Decimal
    undecided_now: int
    breached_now: int
    first_touch_met: int
    first_touch_judged: int
    decision_met: int
    decision_judged: int
    accepted: int
    decided_in_rates: int


@dataclass(frozen=True)
class Breach:
    """An open handover past its due time; hours are of the clock."""

    owner: str
    person: str
    tier: str
    assigned_at: str
    clock: str
    hours_over: Decimal
    promised_for: str | None


@dataclass(frozen=True)
class Rejection:
    """Negative decisions of the last four weeks by reason and campaign."""

    reason_code: str
    reason: dict[str, str]
    counts_against: str
    campaign: str | None
    rejections: int


@dataclass(frozen=True)
class Promise:
    """A callback that falls due this week or next."""

    holder: str
    person: str
    due_at: str
    is_next_week: bool


@dataclass(frozen=True)
class Promises:
    """Callbacks ahead, and how those due last week ended."""

    ahead: tuple[Promise, ...]
    kept_last_week: int
    broken_last_week: int


@dataclass(frozen=True)
class AgeingRow:
    """Passes that stand in a stage now, by days since they entered it."""

    stage: str
    label: dict[str, str]
    buckets: tuple[int, ...]
    oldest_days: int
    oldest_person: str


@dataclass(frozen=True)
class FunnelStep:
    """Passes that reached a stage, of those that entered the funnel in the window."""

    stage: str
    label: dict[str, str]
    passes: int


@dataclass(frozen=True)
class WeekFlow:
    """MQLs, handovers and acceptances of a week."""

    week_start: date
    mqls: int
    handovers: int
    acceptances: int


@dataclass(frozen=True)
class WeeklyReport:
    """All that the page shows."""

    banner: Banner
    headlines: tuple[Headline, ...]
    wall: Wall
    breaches: tuple[Breach, ...]
    rejections: tuple[Rejection, ...]
    promises: Promises
    ageing: tuple[AgeingRow, ...]
    funnel: tuple[FunnelStep, ...]
    flow: tuple[WeekFlow, ...]


# Days since the stage was entered, as the upper ends of the buckets.
AGE_BUCKETS = (7, 14, 30, 60, 90)
WEEKS_OF_FLOW = 26
WEEKS_OF_REJECTIONS = 4
WEEKS_OF_MEAN = 4

# What every query may use: the instant, the week and the agreement in force.
FRAME = """
create temp table frame as

select
    publication.as_of,
    publication.definition_version,
    zone.value as time_zone,
    cast(
        date_trunc('week', timezone(zone.value, publication.as_of))
        - interval '7' day as date
    ) as week_start,
    cast(date_trunc('week', timezone(zone.value, publication.as_of)) as date)
        as week_end

from marts.publication as publication

inner join (

    select max(value) as value

    from lead_definition.definition_settings

    where setting = 'report_time_zone'

) as zone on true
"""

BANNER = """
select
    publication.build_id,
    publication.as_of,
    strftime(timezone(frame.time_zone, frame.as_of), '%d-%m-%Y %H:%M') as as_of_local,
    strftime(frame.week_start, '%G-W%V') as week,
    frame.week_start,
    cast(frame.week_end - interval '1' day as date) as week_end,
    publication.definition_version,
    versions.signed_by_marketing,
    versions.signed_by_sales,
    (select count(*) from marts.quarantined_rows where is_fault) as quarantined_rows,
    (select count(*) from marts.unmapped_values) as unmapped_values

from marts.publication as publication

inner join frame on true

left join lead_definition.definition_versions as versions
    on publication.definition_version = versions.definition_version
"""

# One row an event that the headline counts, with its local week.
COUNTED_EVENTS = """
with

passes as (

    select
        *,
        row_number() over (
            partition by person_id order by mql_at nulls last, pass_number
        ) as mql_number

    from marts.fct_funnel

),

measured as (

    select
        case when mql_number = 1 then 'new_mqls' else 're_mqls' end as measure,
        mql_at as occurred_at,
        1 as quantity

    from passes

    where mql_at is not null

    union all

    select 'handovers', assigned_at, 1

    from marts.fct_handovers

    where direction = 'marketing_to_sales'

    union all

    select 'sals', sal_at, 1 from passes where sal_at is not null

    union all

    select 'opportunities', opportunity_at, 1

    from passes

    where opportunity_at is not null

),

by_week as (

    select
        measured.measure,
        cast(
            date_trunc('week', timezone(frame.time_zone, measured.occurred_at)) as date
        ) as week_start,
        cast(measured.quantity as decimal(18, 2)) as quantity

    from measured

    inner join frame on true

    union all

    select
        'won_eur' as measure,
        cast(date_trunc('week', booked_on) as date) as week_start,
        cast(amount_eur as decimal(18, 2)) as quantity

    from marts.fct_bookings

)
"""

HEADLINES = (
    COUNTED_EVENTS
    + """
,

wanted as (

    select *

    from (
        values
            (1, 'new_mqls'), (2, 're_mqls'), (3, 'handovers'), (4, 'sals'),
            (5, 'opportunities'), (6, 'won_eur')
    ) as wanted (position, measure)

),

promised as (

    select
        case when level_id like '%handover%' then 'handovers' end as measure,
        target_value * 12 / 52 as weekly_target

    from lead_definition.service_levels as service_levels

    inner join frame
        on service_levels.definition_version = frame.definition_version

    where service_levels.clock like 'promise%' and level_id like '%handover%'

)

select
    wanted.measure,
    coalesce(
        sum(by_week.quantity) filter (
            where by_week.week_start = frame.week_start
        ), 0
    ) as this_week,
    coalesce(
        sum(by_week.quantity) filter (
            where by_week.week_start < frame.week_start
            and by_week.week_start >= frame.week_start - $weeks * 7
        ), 0
    ) / $weeks as mean_before,
    max(promised.weekly_target) as weekly_target

from wanted

inner join frame on true

left join by_week on wanted.measure = by_week.measure

left join promised on wanted.measure = promised.measure

group by wanted.position, wanted.measure

order by wanted.position
"""
)

# Overlaps and holes are measured on the periods themselves, not assumed to be none.
WALL = """
with

week_handovers as (

    select handovers.*

    from marts.fct_handovers as handovers

    inner join frame
        on cast(timezone(frame.time_zone, handovers.assigned_at) as date)
        >= frame.week_start
        and cast(timezone(frame.time_zone, handovers.assigned_at) as date)
        < frame.week_end

    where handovers.direction = 'marketing_to_sales'

),

month_handovers as (

    select
        handovers.*,
        coalesce(reasons.is_excluded_from_rates, false) as is_excluded

    from marts.fct_handovers as handovers

    inner join frame
        on cast(timezone(frame.time_zone, handovers.assigned_at) as date)
        >= frame.week_start - 21
        and cast(timezone(frame.time_zone, handovers.assigned_at) as date)
        < frame.week_end

    left join lead_definition.rejection_reasons as reasons
        on handovers.definition_version = reasons.definition_version
        and handovers.reason_code = reasons.reason_code

    where handovers.direction = 'marketing_to_sales'

),

open_now as (

    select
        handovers.*,
        coalesce(handovers.decision_due_at < frame.as_of, false)
        or (
            handovers.first_attempt_at is null
            and coalesce(handovers.first_touch_due_at < frame.as_of, false)
        ) as is_breached

    from marts.fct_handovers as handovers

    inner join frame on true

    where
        handovers.direction = 'marketing_to_sales'
        and handovers.decision is null
        and handovers.ended_at is null

),

neighbours as (

    select
        periods.valid_from,
        coalesce(periods.valid_to, frame.as_of) as valid_to,
        lead(periods.valid_from) over (
            partition by periods.person_id
            order by periods.valid_from, periods.valid_to nulls last
        ) as next_from

    from marts.fct_ownership_periods as periods

    inner join frame on true

)

select
    (select count(*) from week_handovers) as handovers_in_week,
    (
        select cast(quantile_cont(limbo_business_minutes, 0.9) as decimal(18, 1))
        from week_handovers
    ) as limbo_p90_minutes,
    (
        select cast(coalesce(
            sum(greatest(epoch(next_from) - epoch(valid_to), 0)) / 60, 0
        ) as decimal(18, 0)) from neighbours
    ) as orphan_minutes,
    (
        select cast(coalesce(
            sum(greatest(epoch(valid_to) - epoch(next_from), 0)) / 60, 0
        ) as decimal(18, 0)) from neighbours
    ) as double_owner_minutes,
    (select count(*) from open_now) as undecided_now,
    (select count(*) from open_now where is_breached) as breached_now,
    (select count(*) from week_handovers where is_first_touch_met)
        as first_touch_met,
    (select count(*) from week_handovers where is_first_touch_met is not null)
        as first_touch_judged,
    (select count(*) from week_handovers where is_decision_met) as decision_met,
    (select count(*) from week_handovers where is_decision_met is not null)
        as decision_judged,
    (
        select count(*) from month_handovers
        where decision = 'accepted' and not is_excluded
    ) as accepted,
    (
        select count(*) from month_handovers
        where decision is not null and not is_excluded
    ) as decided_in_rates
"""

BREACHES = """
with

open_promises as (

    select
        person_id,
        min(due_at) as due_at

    from marts.fct_commitments

    where outcome = 'open'

    group by person_id

),

breaches as (

    select
        handovers.person_id,
        handovers.tier,
        handovers.assigned_at,
        case
            when
                handovers.first_attempt_at is null
                and handovers.first_touch_due_at < frame.as_of
                then 'first_touch'
            else 'decision'
        end as clock,
        case
            when
                handovers.first_attempt_at is null
                and handovers.first_touch_due_at < frame.as_of
                then handovers.first_touch_due_at
            else handovers.decision_due_at
        end as due_at,
        frame.as_of,
        frame.time_zone

    from marts.fct_handovers as handovers

    inner join frame on true

    where
        handovers.direction = 'marketing_to_sales'
        and handovers.decision is null
        and handovers.ended_at is null

)

select
    coalesce(users.user_name, owners.owner_user_id, '–') as owner,
    breaches.person_id as person,
    breaches.tier,
    strftime(timezone(breaches.time_zone, breaches.assigned_at), '%d-%m-%Y %H:%M')
        as assigned_at,
    breaches.clock,
    cast((epoch(breaches.as_of) - epoch(breaches.due_at)) / 3600 as decimal(18, 1))
        as hours_over,
    strftime(timezone(breaches.time_zone, open_promises.due_at), '%d-%m-%Y')
        as promised_for

from breaches

left join marts.fct_ownership_periods as owners
    on breaches.person_id = owners.person_id
    and owners.valid_to is null

left join marts.dim_users as users on owners.owner_user_id = users.user_id

left join open_promises on breaches.person_id = open_promises.person_id

where breaches.due_at < breaches.as_of

order by owner, hours_over desc, person
"""

REJECTIONS = """
select
    handovers.reason_code,
    reasons.label_nl,
    reasons.label_en,
    coalesce(reasons.counts_against, '') as counts_against,
    campaigns.campaign_name as campaign,
    count(*) as rejections

from marts.fct_handovers as handovers

inner join frame
    on cast(timezone(frame.time_zone, handovers.decided_at) as date)
    >= frame.week_end - $weeks * 7
    and cast(timezone(frame.time_zone, handovers.decided_at) as date)
    < frame.week_end

left join lead_definition.rejection_reasons as reasons
    on handovers.definition_version = reasons.definition_version
    and handovers.reason_code = reasons.reason_code

left join marts.fct_funnel as funnel on handovers.pass_id = funnel.pass_id

left join marts.dim_campaigns as campaigns
    on funnel.first_touch_campaign_id = campaigns.campaign_id

where handovers.decision = 'rejected' and handovers.reason_code is not null

group by all

order by rejections desc, handovers.reason_code, campaign nulls last
"""

PROMISES_AHEAD = """
select
    coalesce(users.user_name, commitments.holder_user_id, '–') as holder,
    commitments.person_id as person,
    strftime(timezone(frame.time_zone, commitments.due_at), '%d-%m-%Y %H:%M')
        as due_at,
    cast(timezone(frame.time_zone, commitments.due_at) as date)
    >= frame.week_end + 7 as is_next_week

from marts.fct_commitments as commitments

inner join frame
    on cast(timezone(frame.time_zone, commitments.due_at) as date) >= frame.week_end
    and cast(timezone(frame.time_zone, commitments.due_at) as date)
    < frame.week_end + 14

left join marts.dim_users as users on commitments.holder_user_id = users.user_id

where commitments.outcome = 'open'

order by commitments.due_at, holder, person
"""

PROMISES_PAST = """
select
    count(*) filter (where commitments.outcome = 'kept') as kept,
    count(*) filter (where commitments.outcome = 'broken') as broken

from marts.fct_commitments as commitments

inner join frame
    on cast(timezone(frame.time_zone, commitments.due_at) as date)
    >= frame.week_start
    and cast(timezone(frame.time_zone, commitments.due_at) as date) < frame.week_end
"""

AGEING = """
with

stock as (

    select
        periods.stage,
        periods.person_id,
        cast(floor((epoch(frame.as_of) - epoch(periods.valid_from)) / 86400) as integer)
            as age_days

    from marts.fct_stage_periods as periods

    inner join frame on true

    where periods.valid_to is null

)

select
    stages.stage,
    stages.label_nl,
    stages.label_en,
    list(stock.age_days) as ages,
    max(stock.age_days) as oldest_days,
    min_by(stock.person_id, (-stock.age_days, stock.person_id)) as oldest_person

from stock

inner join frame on true

inner join lead_definition.funnel_stages as stages
    on stock.stage = stages.stage
    and stages.definition_version = coalesce(
        frame.definition_version,
        (select min(definition_version) from lead_definition.funnel_stages)
    )

where stages.kind = 'open'

group by stages.stage, stages.label_nl, stages.label_en, stages.stage_rank

order by stages.stage_rank, stages.stage
"""

FUNNEL_STAGES = """
select
    stages.stage,
    stages.label_nl,
    stages.label_en

from lead_definition.funnel_stages as stages

inner join frame
    on stages.definition_version = coalesce(
        frame.definition_version,
        (select min(definition_version) from lead_definition.funnel_stages)
    )

where stages.is_funnel

order by stages.stage_rank
"""

FLOW = """
with

weeks as (

    select frame.week_start - cast(step.number * 7 as integer) as week_start

    from frame

    inner join generate_series(0, $weeks - 1) as step (number) on true

),

moments as (

    select 'mqls' as measure, mql_at as occurred_at

    from marts.fct_funnel

    union all

    select 'handovers', assigned_at

    from marts.fct_handovers

    where direction = 'marketing_to_sales'

    union all

    select 'acceptances', sal_at from marts.fct_funnel

),

by_week as (

    select
        moments.measure,
        cast(
            date_trunc('week', timezone(frame.time_zone, moments.occurred_at)) as date
        ) as week_start

    from moments

    inner join frame on true

    where moments.occurred_at is not null

)

select
    weeks.week_start,
    count(by_week.measure) filter (where by_week.measure = 'mqls') as mqls,
    count(by_week.measure) filter (where by_week.measure = 'handovers') as handovers,
    count(by_week.measure) filter (where by_week.measure = 'acceptances')
        as acceptances

from weeks

left join by_week on weeks.week_start = by_week.week_start

group by weeks.week_start

order by weeks.week_start
"""

Row = TypeVar("Row")


def read_weekly_report(database: Path) -> WeeklyReport:
    """Read the report from a published database file.

    Raises WrongUse when the file is no publication.
    """
    if not database.exists():
        raise WrongUse(
            f"{database} does not exist: `one-funnel publish` makes the publication "
            "that this page reads"
        )
    with duckdb.connect(str(database.resolve()), read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        try:
            connection.execute(FRAME)
        except duckdb.CatalogException as error:
            raise WrongUse(
                f"{database} is no publication ({error}): give --database the file "
                "that `one-funnel publish` wrote"
            ) from error
        return WeeklyReport(
            banner=_all(connection, Banner, BANNER)[0],
            headlines=_all(connection, Headline, HEADLINES, weeks=WEEKS_OF_MEAN),
            wall=_all(connection, Wall, WALL)[0],
            breaches=_all(connection, Breach, BREACHES),
            rejections=_rejections(connection),
            promises=_promises(connection),
            ageing=_ageing(connection),
            funnel=_funnel(connection),
            flow=_all(connection, WeekFlow, FLOW, weeks=WEEKS_OF_FLOW),
        )


def _rows(
    connection: duckdb.DuckDBPyConnection, query: str, **values: Any
) -> list[tuple[Any, ...]]:
    return connection.execute(query, values or None).fetchall()


def _all(
    connection: duckdb.DuckDBPyConnection, kind: type[Row], query: str, **values: Any
) -> tuple[Row, ...]:
    return tuple(kind(*row) for row in _rows(connection, query, **values))


def _rejections(connection: duckdb.DuckDBPyConnection) -> tuple[Rejection, ...]:
    return tuple(
        Rejection(code, {"nl": dutch, "en": english}, against, campaign, count)
        for code, dutch, english, against, campaign, count in _rows(
            connection, REJECTIONS, weeks=WEEKS_OF_REJECTIONS
        )
    )


def _promises(connection: duckdb.DuckDBPyConnection) -> Promises:
    kept, broken = _rows(connection, PROMISES_PAST)[0]
    return Promises(_all(connection, Promise, PROMISES_AHEAD), kept, broken)


def _ageing(connection: duckdb.DuckDBPyConnection) -> tuple[AgeingRow, ...]:
    return tuple(
        AgeingRow(
            stage,
            {"nl": dutch, "en": english},
            _bucketed(ages),
            oldest_days,
            oldest_person,
        )
        for stage, dutch, english, ages, oldest_days, oldest_person in _rows(
            connection, AGEING
        )
    )


def _bucketed(ages: list[int]) -> tuple[int, ...]:
    """How many ages lie in each bucket, the last one open to above."""
    counts = [0] * (len(AGE_BUCKETS) + 1)
    for age in ages:
        counts[sum(age > upper for upper in AGE_BUCKETS)] += 1
    return tuple(counts)


def _funnel(connection: duckdb.DuckDBPyConnection) -> tuple[FunnelStep, ...]:
    steps = []
    for stage, dutch, english in _rows(connection, FUNNEL_STAGES):
        ((passes,),) = _rows(
            connection,
            f'select count(*) filter (where "reached_{stage}") from marts.fct_funnel',
        )
        steps.append(FunnelStep(stage, {"nl": dutch, "en": english}, passes))
    return tuple(steps)
