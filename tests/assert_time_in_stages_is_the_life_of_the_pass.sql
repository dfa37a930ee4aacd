-- The days in the stages of a pass add up to the days from its opening to its end,
-- or to the start of the stage that it is in now. A row is a pass whose days do not.
with

funnel as (

    select * from {{ ref('fct_funnel') }}

),

stage_periods as (

    select * from {{ ref('fct_stage_periods') }}

),

lives as (

    select
        funnel.pass_id,
        funnel.person_id,
        funnel.opened_at,
        coalesce(
            lead(funnel.opened_at) over (
                partition by funnel.person_id
                order by funnel.pass_number
            ),
            max(stage_periods.valid_from)
        ) as lived_until,
        sum(coalesce(stage_periods.duration_days, 0)) as days_in_stages,
        count(*) as period_count

    from funnel

    inner join stage_periods on funnel.pass_id = stage_periods.pass_id

    group by funnel.pass_id, funnel.person_id, funnel.opened_at, funnel.pass_number

),

-- A duration is cut at the sixth decimal, a twelfth of a second.
with_days as (

    select
        pass_id,
        person_id,
        opened_at,
        lived_until,
        days_in_stages,
        {{ seconds_between('opened_at', 'lived_until') }} / 86400.0 as days_of_life,
        0.000001 * period_count as rounding_days

    from lives

)

select * from with_days

where abs(days_in_stages - days_of_life) > rounding_days
