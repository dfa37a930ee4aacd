{#- Fifteen decimals hold all that a double knows of a score, and decimals add up to the
    same sum in any order; the sum is rounded to six when it is complete. -#}
{% macro decayed_points(points, age_seconds, half_life_days) -%}
    cast(
        case
            when {{ half_life_days }} is null then cast({{ points }} as double)
            else
                cast({{ points }} as double)
                * power(
                    cast(2 as double),
                    -cast({{ age_seconds }} as double)
                    / (cast({{ half_life_days }} as double) * 86400)
                )
        end
        as decimal(28, 15)
    )
{%- endmacro %}
