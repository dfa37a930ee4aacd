{% test no_overlap(model, entity, starts='valid_from', ends='valid_to') %}

with

periods as (

    select
        {{ entity }},
        {{ starts }},
        {{ ends }},
        lead({{ starts }}) over (
            partition by {{ entity }}
            order by {{ starts }} nulls last, {{ ends }} nulls last
        ) as next_start

    from {{ model }}

)

select * from periods

where
    {{ ends }} <= {{ starts }}
    or next_start < {{ ends }}
    or ({{ ends }} is null and next_start is not null)

{% endtest %}
