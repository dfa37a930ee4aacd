{% macro cost_per(amount, number) -%}
    cast(cast({{ amount }} as double) / nullif({{ number }}, 0) as decimal(18, 2))
{%- endmacro %}
