with

as_of as (

    select * from {{ ref('as_of') }}

),

report_settings as (

    select * from {{ ref('report_settings') }}

),

funnel_stages as (

    select * from {{ ref('funnel_stages') }}

),

age_buckets as (

    select * from {{ ref('age_buckets') }}

),

stage_periods as (

    select * from {{ ref('int_stage_periods') }}

),

ownership_periods as (

    select * from {{ ref('int_ownership_periods') }}

),

stalled_limits as (

    select * from {{ ref('int_stalled_limits') }}

),

buckets as (

    select
        age_buckets.bucket,
        age_buckets.from_days,
        age_buckets.to_days,
        age_buckets.label_nl,
        age_buckets.label_en

    from age_buckets

    inner join report_settings
        on age_buckets.definition_version = report_settings.definition_version

),

end_of_the_day as (

    select
        as_of,
        {{ local_day_end('as_of_date_local') }} as counted_at

    from as_of

),

-- Somebody who signs in the course of the day of `as_of` has no age yet. An age has the
-- decimals of the limit, or who is at it could come out above it.
stock as (

    select
        stage_periods.stage,
        ownership_periods.owner_team,
        cast(
            greatest(
                {{ seconds_between(
                    'stage_periods.valid_from', 'end_of_the_day.as_of'
                ) }},
                0
            )
            / 86400.0 as decimal(18, 6)
        ) as age_days

    from stage_periods

    inner join end_of_the_day
        on stage_periods.valid_from <= end_of_the_day.counted_at
        and (
            stage_periods.valid_to is null
            or stage_periods.valid_to > end_of_the_day.counted_at
        )

    left join ownership_periods
        on stage_periods.person_id = ownership_periods.person_id
        and {{ is_in_period('end_of_the_day.counted_at', 'ownership_periods') }}

),

-- A cell of the agreement is there when it is empty, and one of an earlier version as
-- long as someone is in it.
cells as (

    select
        funnel_stages.stage,
        funnel_stages.owner_team

    from funnel_stages

    inner join report_settings
        on funnel_stages.definition_version = report_settings.definition_version

    union

    select
        funnel_stages.stage,
        funnel_stages.owner_team_when_assigned as owner_team

    from funnel_stages

    inner join report_settings
        on funnel_stages.definition_version = report_settings.definition_version

    union

    select
        stage,
        owner_team

    from stock

),

stock_with_limits as (

    select
        stock.stage,
        stock.owner_team,
        buckets.bucket,
        case when stock.age_days > stalled_limits.stalled_limit_days then 1 else 0 end
            as is_stalled

    from stock

    inner join buckets
        on stock.age_days >= buckets.from_days
        and (buckets.to_days is null or stock.age_days < buckets.to_days)

    left join stalled_limits
        on stock.stage = stalled_limits.stage
        and stalled_limits.stage_kind = 'lifecycle'

),

counted as (

    select
        stage,
        owner_team,
        bucket,
        count(*) as stock_count,
        sum(is_stalled) as stalled_count

    from stock_with_limits

    group by stage, owner_team, bucket

),

final as (

    select
        -- ids
        {{ hash_key(['cells.stage', 'cells.owner_team', 'buckets.bucket']) }}
            as stage_stock_id,

        -- attributes
        cells.stage,
        cells.owner_team,
        buckets.bucket as age_bucket,
        buckets.from_days,
        buckets.to_days,
        buckets.label_nl,
        buckets.label_en,
        stalled_limits.stalled_limit_source,

        -- amounts
        cast(coalesce(counted.stock_count, 0) as bigint) as stock_count,
        cast(coalesce(counted.stalled_count, 0) as bigint) as stalled_count,
        cast(stalled_limits.stalled_limit_days as decimal(18, 6))
            as stalled_limit_days,
        cast(stalled_limits.mature_exit_count as bigint) as mature_exit_count

    from cells

    cross join buckets

    left join counted
        on cells.stage = counted.stage
        and cells.owner_team is not distinct from counted.owner_team
        and buckets.bucket = counted.bucket

    left join stalled_limits
        on cells.stage = stalled_limits.stage
        and stalled_limits.stage_kind = 'lifecycle'

)

select * from final
