-- The passes of a person are numbered from 1, in the order in which they opened. A
-- row is a pass whose number is not its place.
with

funnel as (

    select * from {{ ref('fct_funnel') }}

),

with_place as (

    select
        person_id,
        pass_id,
        pass_number,
        opened_at,
        row_number() over (
            partition by person_id
            order by opened_at nulls last, pass_number
        ) as place

    from funnel

)

select * from with_place

where pass_number <> place
