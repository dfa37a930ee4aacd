{% macro local_month(instant) -%}
    cast(date_trunc('month', {{ local_date(instant) }}) as date)
{%- endmacro %}
