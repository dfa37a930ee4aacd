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

stays_of_a_length as (

    select
        stage,
        cohort_kind,
        cohort_start,
        stay_days,
        cast(count(*) as double) as entry_count,
        cast(count(case when is_left then 1 end) as double) as left_count

    from stays_by_cohort

    group by stage, cohort_kind, cohort_start, stay_days

),

stays_at_risk as (

    select
        stage,
        cohort_kind,
        cohort_start,
        stay_days,
        entry_count,
        left_count,
        sum(entry_count) over (
            partition by stage, cohort_kind, cohort_start
            order by stay_days desc nulls last
            rows between unbounded preceding and current row
        ) as at_risk

    from stays_of_a_length

),

-- Leaving is the only end of a stay, so the estimate of Kaplan and Meier will do.
curve as (

    select
        stage,
        cohort_kind,
        cohort_start,
        stay_days,
        entry_count,
        left_count,
        exp(
            sum({{ log_of_share_left('left_count', 'at_risk') }}) over (
                partition by stage, cohort_kind, cohort_start
                order by stay_days nulls last
                rows between unbounded preceding and current row
            )
        ) as share_still_there

    from stays_at_risk

),

-- Rounded, or a share of exactly a half could come out a trifle above it.
cohorts as (

    select
        stage,
        cohort_kind,
        cohort_start,
        cast(sum(entry_count) as bigint) as entry_count,
        cast(sum(left_count) as bigint) as left_count,
        sum(cast(left_count as bigint) * stay_days) as left_days,
        max(stay_days) as longest_days,
        min(case when round(share_still_there, 9) <= 0.5 then stay_days end)
            as median_days,
        min(case when round(share_still_there, 9) <= 0.1 then stay_days end) as p90_days

    from curve

    group by stage, cohort_kind, cohort_start

),

final as (

    select
        -- ids
        {{ hash_key(['stage', 'cohort_kind', 'cohort_start']) }} as stage_duration_id,

        -- attributes
        stage,
        cohort_kind,
        case when cohort_kind = 'quarter' then cohort_start end as cohort_quarter,

        -- amounts
        entry_count,
        left_count,
        entry_count - left_count as open_count,
        cast(median_days as decimal(18, 6)) as median_days,
        cast(case when median_days is null then longest_days end as decimal(18, 6))
            as median_is_above_days,
        cast(p90_days as decimal(18, 6)) as p90_days,
        cast(case when p90_days is null then longest_days end as decimal(18, 6))
            as p90_is_above_days,
        cast(
            cast(left_days as double) / nullif(left_count, 0) as decimal(18, 6)
        ) as mean_days_of_those_who_left

    from cohorts

)

select * from final
