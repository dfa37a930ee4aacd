{#- The agreement's zone. A setting of the agreement says which; models of staging
    cannot read that table, so a variable repeats it and a test holds the two equal. -#}
{% macro report_time_zone() -%}
    {{ return(var('report_time_zone')) }}
{%- endmacro %}


{% macro local_date(instant) -%}
    cast({{ local_time(instant, report_time_zone()) }} as date)
{%- endmacro %}


{% macro local_day_start(date) -%}
    {{ instant_of_local_time('cast(' ~ date ~ ' as timestamp)', report_time_zone()) }}
{%- endmacro %}


{#- A day of the clock change has 23 or 25 hours, so its end is found from the next
    day's start. -#}
{% macro local_day_end(date) -%}
    {{ instant_after_seconds(
        local_day_start('cast(' ~ date ~ " + interval '1' day as date)"), '-1'
    ) }}
{%- endmacro %}


{#- What is known to have happened on a day has happened by `as_of`, also while the day
    goes on. -#}
{% macro end_of_known_day(date, as_of) -%}
    least({{ local_day_end(date) }}, {{ as_of }})
{%- endmacro %}


{#- The interval clamps to the end of a month and knows no "last day": 28 February and
    four months are 28 June. `add_months` of other engines would make it the 30th. -#}
{% macro add_local_months(date, months) -%}
    cast({{ date }} + {{ months }} * interval '1' month as date)
{%- endmacro %}


{% macro days_between_dates(start_date, end_date) -%}
    cast(cast({{ end_date }} as date) - cast({{ start_date }} as date) as integer)
{%- endmacro %}


{#- A Thursday lies in the year that its ISO week belongs to. -#}
{% macro iso_year(date) -%}
    cast(
        extract(year from date_trunc('week', {{ date }}) + interval '3' day) as integer
    )
{%- endmacro %}


{% macro iso_week_label(date) -%}
    {{ iso_year(date) }} || '-W'
    || lpad(cast(extract(week from {{ date }}) as varchar), 2, '0')
{%- endmacro %}
