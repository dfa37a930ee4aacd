{% macro as_points(expression) -%}
    cast({{ expression }} as decimal(18, 6))
{%- endmacro %}
