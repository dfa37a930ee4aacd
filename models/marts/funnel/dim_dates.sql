with

working_calendar as (

    select * from {{ ref('working_calendar') }}

),

-- A new version of the calendar repeats all days; the newest describes them.
days_in_order as (

    select
        *,
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
        calendar_date as date_day,
        cast(date_trunc('week', calendar_date) as date) as week_start_date,
        cast(date_trunc('month', calendar_date) as date) as month_start_date,
        is_working_day,
        opens_at,
        closes_at,
        holiday_name

    from days_in_order

    where version_number = 1

),

final as (

    select
        -- ids
        date_day,

        -- attributes
        cast(extract(year from date_day) as integer) as year_number,
        cast(extract(quarter from date_day) as integer) as quarter_number,
        cast(extract(month from date_day) as integer) as month_number,
        month_start_date,
        substr(cast(date_day as varchar(10)), 1, 7) as month_label,
        {{ iso_year('date_day') }} as iso_year_number,
        cast(extract(week from date_day) as integer) as iso_week_number,
        {{ iso_week_label('date_day') }} as iso_week_label,
        week_start_date,
        -- Monday is 1 and Sunday 7, whatever the engine thinks.
        cast(date_day - week_start_date as integer) + 1 as iso_weekday_number,
        holiday_name,
        opens_at,
        closes_at,

        -- flags
        is_working_day

    from days

)

select * from final
