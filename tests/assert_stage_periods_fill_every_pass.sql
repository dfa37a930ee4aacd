-- From its opening to the opening of the next, a pass is in exactly one stage. A row
-- is a pass and the time in which it was in none, or in two.
with

funnel as (

    select * from {{ ref('fct_funnel') }}

),

stage_periods as (

    select * from {{ ref('fct_stage_periods') }}

),

passes as (

    select
        pass_id,
        person_id,
        opened_at,
        lead(opened_at) over (
            partition by person_id
            order by pass_number
        ) as next_opened_at

    from funnel

),

periods_with_neighbours as (

    select
        passes.pass_id,
        passes.person_id,
        passes.next_opened_at,
        coalesce(
            lag(stage_periods.valid_to) over (
                partition by passes.pass_id
                order by stage_periods.valid_from nulls last
            ),
            passes.opened_at
        ) as expected_from,
        stage_periods.valid_from,
        stage_periods.valid_to,
        row_number() over (
            partition by passes.pass_id
            order by stage_periods.valid_from desc nulls last
        ) as position_from_end

    from passes

    left join stage_periods on passes.pass_id = stage_periods.pass_id

    -- A pass that ended at the instant at which it opened was never anywhere.
    where
        passes.next_opened_at is null
        or passes.opened_at < passes.next_opened_at

),

faults as (

    select
        pass_id,
        person_id,
        expected_from as expected_at,
        valid_from as found_at,
        'start' as bound

    from periods_with_neighbours

    where expected_from is distinct from valid_from

    union all

    select
        pass_id,
        person_id,
        next_opened_at as expected_at,
        valid_to as found_at,
        'end' as bound

    from periods_with_neighbours

    where
        position_from_end = 1
        and next_opened_at is distinct from valid_to

)

select * from faults
