-- A current pass is in exactly one stage now, the one that the funnel shows; an old
-- pass is in none. A row is a pass for which that does not hold.
with

funnel as (

    select * from {{ ref('fct_funnel') }}

),

stage_periods as (

    select * from {{ ref('fct_stage_periods') }}

),

lasting_periods as (

    select
        pass_id,
        stage

    from stage_periods

    where valid_to is null

),

stages_by_pass as (

    select
        funnel.pass_id,
        funnel.person_id,
        funnel.is_current,
        funnel.current_stage,
        count(lasting_periods.stage) as lasting_period_count,
        min(lasting_periods.stage) as lasting_stage

    from funnel

    left join lasting_periods on funnel.pass_id = lasting_periods.pass_id

    group by
        funnel.pass_id,
        funnel.person_id,
        funnel.is_current,
        funnel.current_stage

)

select * from stages_by_pass

where
    (is_current and lasting_period_count <> 1)
    or (is_current and lasting_stage <> current_stage)
    or (not is_current and lasting_period_count > 0)
