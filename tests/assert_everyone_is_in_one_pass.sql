-- Every person has exactly one current pass, and no open pass beside it. A row is a
-- person with another number.
with

people as (

    select * from {{ ref('dim_people') }}

),

funnel as (

    select * from {{ ref('fct_funnel') }}

),

passes_by_person as (

    select
        people.person_id,
        count(*) filter (where funnel.is_current) as current_pass_count,
        count(*) filter (where funnel.is_open) as open_pass_count,
        count(*) filter (where funnel.is_open and not funnel.is_current)
            as open_old_pass_count

    from people

    left join funnel on people.person_id = funnel.person_id

    group by people.person_id

)

select * from passes_by_person

where
    current_pass_count <> 1
    or open_pass_count > 1
    or open_old_pass_count > 0
