with

working_calendar as (

    select * from {{ ref('working_calendar') }}

),

-- A later version of the calendar may start later: earlier days keep their version.
ranked_versions as (

    select
        calendar_date,
        is_working_day,
        opens_at,
        closes_at,
        row_number() over (
            partition by calendar_date
            order by
                length(calendar_version) desc nulls last,
                calendar_version desc nulls last
        ) as version_number

    from working_calendar

),

days as (

    select
        calendar_date,
        is_working_day,
        case when is_working_day then opens_at end as opens_at,
        case when is_working_day then closes_at end as closes_at

    from ranked_versions

    where version_number = 1

),

with_instants as (

    select
        calendar_date,
        is_working_day,
        {{ instant_of_local_time(
            "cast(cast(calendar_date as varchar) || ' ' || opens_at as timestamp)",
            report_time_zone()
        ) }} as opens_at_utc,
        {{ instant_of_local_time(
            "cast(cast(calendar_date as varchar) || ' ' || closes_at as timestamp)",
            report_time_zone()
        ) }} as closes_at_utc

    from days

),

with_seconds as (

    select
        calendar_date,
        is_working_day,
        opens_at_utc,
        closes_at_utc,
        coalesce({{ seconds_between('opens_at_utc', 'closes_at_utc') }}, 0)
            as working_seconds

    from with_instants

),

final as (

    select
        calendar_date,
        is_working_day,
        opens_at_utc,
        closes_at_utc,
        working_seconds,
        cast(
            sum(working_seconds) over up_to_the_day - working_seconds as bigint
        ) as cumulative_working_seconds_before,
        cast(
            sum(case when is_working_day then 1 else 0 end) over up_to_the_day as bigint
        ) as working_day_number,
        min(case when is_working_day then calendar_date end) over (
            order by calendar_date nulls last
            rows between current row and unbounded following
        ) as next_working_date

    from with_seconds

    window up_to_the_day as (
        order by calendar_date nulls last
        rows between unbounded preceding and current row
    )

)

select * from final
