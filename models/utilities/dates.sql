with

working_calendar as (

    select * from {{ ref('working_calendar') }}

),

days as (

    select distinct calendar_date as date_day

    from working_calendar

),

final as (

    select
        date_day,
        {{ iso_week_label('date_day') }} as iso_week,
        {{ iso_year('date_day') }} as iso_year,
        cast(extract(week from date_day) as integer) as iso_week_number,
        cast(date_trunc('week', date_day) as date) as week_start,
        cast(date_trunc('month', date_day) as date) as month_start,
        substr(cast(date_day as varchar), 1, 7) as month_label

    from days

)

select * from final
