{#- An instant after all others. What has no end yet ends there where two instants are
    compared: a join on a comparison finds its rows by their keys, and one on
    `valid_to is null or ...` holds every row against every other. -#}
{% macro end_of_time() -%}
    cast('9999-12-31 00:00:00+00' as timestamp with time zone)
{%- endmacro %}


{% macro is_in_period(instant, period) -%}
    {{ instant }} >= {{ period }}.valid_from
        and {{ instant }} < coalesce({{ period }}.valid_to, {{ end_of_time() }})
{%- endmacro %}


{#- Before all instants that a calendar has, of which the first is `first_instant`. -#}
{% macro start_of_time() -%}
    cast('-infinity' as timestamp with time zone)
{%- endmacro %}


{% macro first_instant() -%}
    cast('0001-01-01 00:00:00+00' as timestamp with time zone)
{%- endmacro %}
