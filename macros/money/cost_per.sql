{#- A double holds 526.805 a little below it. The cast in between brings the half back
    before it is rounded, so that it goes away from zero on every engine. -#}
{% macro cost_per(amount, number) -%}
    cast(
        cast(
            cast({{ amount }} as double) / nullif({{ number }}, 0) as decimal(28, 8)
        ) as decimal(18, 2)
    )
{%- endmacro %}
