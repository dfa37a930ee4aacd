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

stage_periods as (

    select * from {{ ref('int_stage_periods') }}

),

-- Nobody waits in a stage of rest to get on.
stages as (

    select funnel_stages.stage

    from funnel_stages

    inner join report_settings
        on funnel_stages.definition_version = report_settings.definition_version

    where funnel_stages.kind = 'open'

),

stays as (

    select
        stage_periods.stage,
        cast(
            date_trunc('quarter', {{ local_date('stage_periods.valid_from') }}) as date
        ) as quarter_start,
        coalesce(stage_periods.valid_to <= as_of.as_of, false) as is_left,
        case
            when stage_periods.valid_to <= as_of.as_of then stage_periods.duration_days
            else
                cast(
                    {{ seconds_between('stage_periods.valid_from', 'as_of.as_of') }}
                    / 86400.0
                    as decimal(18, 6)
                )
        end as stay_days

    from stage_periods

    inner join stages on stage_periods.stage = stages.stage

    cross join as_of

    where stage_periods.valid_from <= as_of.as_of

),

stays_by_cohort as (

    select
        stage,
        'quarter' as cohort_kind,
        quarter_start as cohort_start,
        is_left,
        stay_days

    from stays

    union all

    -- A date before all others stands for no quarter in particular.
    select
        stage,
        'all' as cohort_kind,
        cast('0001-01-01' as date) as cohort_start,
        is_left,
        stay_days

    from stays

),

curve as (

    {{ aalen_johansen(
        'stays_by_cohort',
        groups=['stage', 'cohort_kind', 'cohort_start'],
        age='stay_days',
        events='case when is_left then 1 else 0 end',
        competing='0',
        censored='case when is_left then 0 else 1 end',
    ) }}

),

-- Rounded, or a share of exactly a half could come out a trifle below it.
times_to_leave as (

    select
        stage,
        cohort_kind,
        cohort_start,
        max(stay_days) as longest_days,
        min(case when round(event_incidence, 9) >= 0.5 then stay_days end)
            as median_days,
        min(case when round(event_incidence, 9) >= 0.9 then stay_days end) as p90_days

    from curve

    group by stage, cohort_kind, cohort_start

),

counts as (

    select
        stage,
        cohort_kind,
        cohort_start,
        count(*) as entry_count,
        count(case when is_left then 1 end) as left_count,
        sum(case when is_left then stay_days end) as left_days

    from stays_by_cohort

    group by stage, cohort_kind, cohort_start

),

final as (

    select
        -- ids
        {{ hash_key(['counts.stage', 'counts.cohort_kind', 'counts.cohort_start']) }}
            as stage_duration_id,

        -- attributes
        counts.stage,
        counts.cohort_kind,
        case when counts.cohort_kind = 'quarter' then counts.cohort_start end
            as cohort_quarter,

        -- amounts
        cast(counts.entry_count as bigint) as entry_count,
        cast(counts.left_count as bigint) as left_count,
        cast(counts.entry_count - counts.left_count as bigint) as open_count,
        cast(times_to_leave.median_days as decimal(18, 6)) as median_days,
        cast(
            case
                when times_to_leave.median_days is null
                    then times_to_leave.longest_days
            end
            as decimal(18, 6)
        ) as median_is_above_days,
        cast(times_to_leave.p90_days as decimal(18, 6)) as p90_days,
        cast(
            case
                when times_to_leave.p90_days is null
                    then times_to_leave.longest_days
            end
            as decimal(18, 6)
        ) as p90_is_above_days,
        cast(
            cast(counts.left_days as double) / nullif(counts.left_count, 0)
            as decimal(18, 6)
        ) as mean_days_of_those_who_left

    from counts

    inner join times_to_leave
        on counts.stage = times_to_leave.stage
        and counts.cohort_kind = times_to_leave.cohort_kind
        and counts.cohort_start = times_to_leave.cohort_start

)

select * from final
