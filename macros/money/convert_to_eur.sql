{#- A missing rate stops the build. A zero would hide the money, and a one would count a
    pound as a euro; both look like figures. With nineteen digits on one side DuckDB
    multiplies in 128 bits; two times eighteen would overflow its 64. -#}
{% macro convert_to_eur(amount, currency, eur_per_unit, rate_date) -%}
    cast(
        case
            when {{ amount }} is null then null
            when {{ currency }} = 'EUR' then cast({{ amount }} as decimal(37, 14))
            when {{ eur_per_unit }} is not null
                then
                    cast({{ amount }} as decimal(19, 6))
                    * cast({{ eur_per_unit }} as decimal(18, 8))
            else
                {{ raise_error(
                    "'There is no rate to the euro for '"
                    ~ " || coalesce(" ~ currency ~ ", 'an amount without a currency')"
                    ~ " || ' on '"
                    ~ " || coalesce(cast(" ~ rate_date ~ " as varchar(10)), 'no day')"
                    ~ " || '. Add it to the export of the rates (fx_rates).'"
                ) }}
        end
        as decimal(18, 2)
    )
{%- endmacro %}
