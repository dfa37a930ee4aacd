{#- Counted from the first day of the calendar, so that the working time of a span is
    the count at its end minus the count at its start: two equality joins on the local
    date, and no join on a range. -#}
{% macro working_seconds_until(instant, working_days) -%}
    {{ working_days }}.cumulative_working_seconds_before
    + case
        when {{ working_days }}.is_working_day
            then least(
                greatest(
                    {{ seconds_between(working_days ~ '.opens_at_utc', instant) }}, 0
                ),
                {{ working_days }}.working_seconds
            )
        else 0
    end
{%- endmacro %}
