{#- Rounding so many decimals costs more than all else about a sum, so whether anything is
    left of it is asked before: half of the last decimal of `as_points` still is. -#}
{% macro is_worth_points(expression) -%}
    abs({{ expression }}) >= 0.0000005
{%- endmacro %}
