with

as_of as (

    select * from {{ ref('as_of') }}

),

report_settings as (

    select * from {{ ref('report_settings') }}

),

conversion_steps as (

    select * from {{ ref('conversion_steps') }}

),

dates as (

    select * from {{ ref('dates') }}

),

stage_events as (

    select * from {{ ref('int_stage_events') }}

),

steps as (

    select
        conversion_steps.from_stage,
        conversion_steps.to_stage,
        conversion_steps.label_nl,
        conversion_steps.label_en

    from conversion_steps

    inner join report_settings
        on conversion_steps.definition_version = report_settings.definition_version

),

-- A milestone is the first entry into a stage; a pass can come back to it.
milestones as (

    select
        stage_events.pass_id,
        stage_events.stage,
        min(stage_events.occurred_at) as reached_at

    from stage_events

    cross join as_of

    where {{ local_date('stage_events.occurred_at') }} <= as_of.as_of_date_local

    group by stage_events.pass_id, stage_events.stage

),

milestones_by_month as (

    select
        stage,
        {{ local_month('reached_at') }} as month_start,
        count(*) as milestone_count

    from milestones

    group by stage, {{ local_month('reached_at') }}

),

first_month as (

    select min(month_start) as month_start from milestones_by_month

),

months as (

    select dates.month_start

    from dates

    cross join as_of

    inner join first_month on dates.month_start >= first_month.month_start

    where dates.date_day <= as_of.as_of_date_local

    union

    -- Also of before the calendar began.
    select milestones_by_month.month_start

    from milestones_by_month

    cross join as_of

    where milestones_by_month.month_start <= as_of.as_of_date_local

),

counted as (

    select
        months.month_start,
        steps.from_stage,
        steps.to_stage,
        steps.label_nl,
        steps.label_en,
        coalesce(earlier.milestone_count, 0) as from_count,
        coalesce(later.milestone_count, 0) as to_count,
        {{ add_local_months('months.month_start', 1) }}
        <= as_of.as_of_date_local as is_month_complete

    from months

    cross join steps

    cross join as_of

    left join milestones_by_month as earlier
        on months.month_start = earlier.month_start
        and steps.from_stage = earlier.stage

    left join milestones_by_month as later
        on months.month_start = later.month_start
        and steps.to_stage = later.stage

),

final as (

    select
        -- ids
        {{ hash_key(['month_start', 'from_stage', 'to_stage']) }} as period_ratio_id,

        -- attributes
        month_start,
        from_stage,
        to_stage,
        label_nl,
        label_en,

        -- amounts
        cast(from_count as bigint) as from_count,
        cast(to_count as bigint) as to_count,
        cast(
            cast(to_count as double) / nullif(from_count, 0) as decimal(18, 6)
        ) as period_ratio,

        -- flags
        is_month_complete

    from counted

)

select * from final
