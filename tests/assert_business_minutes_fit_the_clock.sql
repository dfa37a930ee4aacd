-- Business minutes are never negative and never more than the minutes by the clock.
-- A row is a clock of a handover that runs otherwise.
with

handovers as (

    select * from {{ ref('fct_handovers') }}

),

clocks as (

    select
        handover_id,
        'limbo' as clock,
        limbo_business_minutes as business_minutes,
        limbo_clock_minutes as clock_minutes

    from handovers

    union all

    select
        handover_id,
        'first_touch' as clock,
        first_touch_business_minutes as business_minutes,
        first_touch_clock_minutes as clock_minutes

    from handovers

    union all

    select
        handover_id,
        'decision' as clock,
        decision_business_minutes as business_minutes,
        cast(
            {{ seconds_between('assigned_at', 'decided_at') }} / 60.0 as decimal(18, 2)
        ) as clock_minutes

    from handovers

)

select * from clocks

where
    business_minutes < 0
    or business_minutes > clock_minutes
