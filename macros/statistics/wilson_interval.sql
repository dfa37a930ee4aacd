{#- `least` and `greatest` pass over a null, so a missing share would become a bound. -#}
{% macro wilson_lower(share, size, quantile) -%}
    case
        when {{ size }} > 0 and {{ share }} is not null
            then
                greatest(
                    (
                        {{ wilson_middle(share, size, quantile) }}
                        - {{ wilson_half_width(share, size, quantile) }}
                    )
                    / (1 + {{ quantile }} * {{ quantile }} / cast({{ size }} as double)),
                    cast(0 as double)
                )
    end
{%- endmacro %}


{% macro wilson_upper(share, size, quantile) -%}
    case
        when {{ size }} > 0 and {{ share }} is not null
            then
                least(
                    (
                        {{ wilson_middle(share, size, quantile) }}
                        + {{ wilson_half_width(share, size, quantile) }}
                    )
                    / (1 + {{ quantile }} * {{ quantile }} / cast({{ size }} as double)),
                    cast(1 as double)
                )
    end
{%- endmacro %}


{% macro wilson_middle(share, size, quantile) -%}
    (
        cast({{ share }} as double)
        + {{ quantile }} * {{ quantile }} / (2 * cast({{ size }} as double))
    )
{%- endmacro %}


{#- A share that rounding took a hair past 1 has no root. -#}
{% macro wilson_half_width(share, size, quantile) -%}
    (
        {{ quantile }}
        * sqrt(
            greatest(
                cast({{ share }} as double) * (1 - cast({{ share }} as double)),
                cast(0 as double)
            )
            / cast({{ size }} as double)
            + {{ quantile }} * {{ quantile }}
            / (4 * cast({{ size }} as double) * cast({{ size }} as double))
        )
    )
{%- endmacro %}
