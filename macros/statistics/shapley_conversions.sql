{#- A path converts as soon as all of its channels take part, whichever comes last, and in
    that they are equal: each gets the same part of it. No sets have to be tried. -#}
{% macro shapley_conversions(sets) -%}
    {%- set each_channel = explode('channels') %}
    with

    parts_of_sets as (

        select
            {{ each_channel }} as channel,
            cast(conversion_count as double) / channel_count as conversions

        from {{ sets }}

    )

    select
        channel,
        sum(conversions) as shapley_conversions

    from parts_of_sets

    group by channel
{%- endmacro %}
