{#- When all at risk end at once nothing stays open, which no logarithm can say. A step
    this deep can: a double has no number as small as its exponential but zero. -#}
{% macro log_of_share_left(ended, at_risk) -%}
    case
        when {{ ended }} < {{ at_risk }} then ln(1 - {{ ended }} / {{ at_risk }})
        else -1000
    end
{%- endmacro %}
