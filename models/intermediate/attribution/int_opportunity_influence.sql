with

opportunities as (

    select * from {{ ref('int_opportunity_outcomes') }}

),

pass_opportunities as (

    select * from {{ ref('int_pass_opportunities') }}

),

touches as (

    select * from {{ ref('int_touches') }}

),

as_of as (

    select * from {{ ref('as_of') }}

),

report_settings as (

    select * from {{ ref('report_settings') }}

),

-- Influence ends with the deal; what is still open can be influenced until today.
closes as (

    select
        opportunities.opportunity_id,
        case opportunities.outcome
            when 'won' then opportunities.won_at
            when 'lost' then opportunities.lost_at
            else as_of.as_of
        end as influenced_until

    from opportunities

    cross join as_of

    where opportunities.outcome <> 'ignored'

),

windows as (

    select
        closes.opportunity_id,
        closes.influenced_until,
        {{ instant_after_seconds(
            'closes.influenced_until', '-86400 * report_settings.lookback_days'
        ) }} as influenced_from,
        {{ instant_after_seconds(
            'closes.influenced_until', '86400 * report_settings.back_dating_days'
        ) }} as recorded_until

    from closes

    cross join report_settings

),

people as (

    select distinct
        opportunity_id,
        person_id

    from pass_opportunities

),

touches_of_opportunities as (

    select
        windows.opportunity_id,
        touches.touch_team,
        touches.assist_team

    from windows

    inner join people on windows.opportunity_id = people.opportunity_id

    inner join touches
        on people.person_id = touches.person_id
        and windows.influenced_from <= touches.occurred_at
        and windows.influenced_until >= touches.occurred_at
        and windows.recorded_until >= touches.recorded_at

    where touches.is_eligible_for_credit

),

counted as (

    select
        opportunity_id,
        count(case when touch_team = 'marketing' then 1 end) as marketing_touch_count,
        count(case when touch_team = 'sales' then 1 end) as sales_touch_count,
        count(case when assist_team = 'marketing' then 1 end)
            as marketing_assist_count,
        count(case when assist_team = 'sales' then 1 end) as sales_assist_count

    from touches_of_opportunities

    group by opportunity_id

),

final as (

    select
        -- ids
        windows.opportunity_id,

        -- amounts
        coalesce(counted.marketing_touch_count, 0) as marketing_touch_count,
        coalesce(counted.sales_touch_count, 0) as sales_touch_count,
        coalesce(counted.marketing_assist_count, 0) as marketing_assist_count,
        coalesce(counted.sales_assist_count, 0) as sales_assist_count

    from windows

    left join counted on windows.opportunity_id = counted.opportunity_id

)

select * from final
