-- From the instant at which a person is known, some team is accountable, until
-- erasure. A row is a person and the time for which nobody was.
with

people as (

    select * from {{ ref('dim_people') }}

),

ownership_periods as (

    select * from {{ ref('fct_ownership_periods') }}

),

periods_with_previous as (

    select
        people.person_id,
        people.is_erased,
        coalesce(
            lag(ownership_periods.valid_to) over (
                partition by people.person_id
                order by ownership_periods.valid_from nulls last
            ),
            people.known_at
        ) as owned_until,
        ownership_periods.valid_from as owned_again_from,
        ownership_periods.valid_to,
        row_number() over (
            partition by people.person_id
            order by ownership_periods.valid_from desc nulls last
        ) as position_from_end

    from people

    left join ownership_periods on people.person_id = ownership_periods.person_id

),

gaps as (

    select
        person_id,
        owned_until,
        owned_again_from

    from periods_with_previous

    where
        owned_until < owned_again_from
        or (owned_again_from is null and not is_erased)

    union all

    select
        person_id,
        valid_to as owned_until,
        null as owned_again_from

    from periods_with_previous

    where
        position_from_end = 1
        and valid_to is not null
        and not is_erased

)

select * from gaps
