{#- `least` and `greatest` pass over a null, so a missing value would become a bound. -#}
{% macro clamp(value, floor, ceiling) -%}
    case
        when {{ value }} is not null
            then least(greatest({{ value }}, {{ floor }}), {{ ceiling }})
    end
{%- endmacro %}
