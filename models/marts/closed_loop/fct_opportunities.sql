with

opportunities as (

    select * from {{ ref('int_opportunity_outcomes') }}

),

pass_opportunities as (

    select * from {{ ref('int_pass_opportunities') }}

),

person_sources as (

    select * from {{ ref('int_person_sources') }}

),

influences as (

    select * from {{ ref('int_opportunity_influence') }}

),

bookings as (

    select * from {{ ref('int_bookings') }}

),

closed_amounts as (

    select * from {{ ref('int_closed_amounts') }}

),

booked_amounts as (

    select
        opportunity_id,
        sum(amount_eur) as booked_amount_eur

    from bookings

    group by opportunity_id

),

people_by_opportunity as (

    select
        opportunity_id,
        count(distinct person_id) as person_count,
        max(case when is_primary then pass_id end) as primary_pass_id,
        max(case when is_primary then person_id end) as primary_person_id

    from pass_opportunities

    group by opportunity_id

),

final as (

    select
        -- ids
        opportunities.opportunity_id,
        opportunities.account_id,
        opportunities.owner_user_id,
        opportunities.campaign_id as crm_campaign_id,
        people_by_opportunity.primary_pass_id,
        people_by_opportunity.primary_person_id,

        -- attributes
        opportunities.stage_name as crm_stage_name,
        opportunities.outcome,
        opportunities.loss_reason as crm_loss_reason,
        person_sources.sourced_by,

        -- amounts
        cast(opportunities.amount as decimal(18, 2)) as amount,
        opportunities.currency,
        cast(booked_amounts.booked_amount_eur as decimal(18, 2)) as booked_amount_eur,
        cast(closed_amounts.closed_amount_eur as decimal(18, 2))
            as closed_amount_eur,
        cast(coalesce(people_by_opportunity.person_count, 0) as integer)
            as person_count,
        cast(influences.marketing_touch_count as bigint) as marketing_touch_count,
        cast(influences.sales_touch_count as bigint) as sales_touch_count,
        cast(influences.marketing_assist_count as bigint) as marketing_assist_count,
        cast(influences.sales_assist_count as bigint) as sales_assist_count,

        -- flags
        influences.marketing_touch_count > 0 as is_marketing_influenced,
        influences.sales_touch_count > 0 as is_sales_influenced,
        opportunities.is_win_reversed,

        -- dates and timestamps
        opportunities.close_date,
        closed_amounts.closed_on,
        opportunities.created_at,
        {{ local_month('opportunities.created_at') }} as created_month,
        case when opportunities.outcome = 'won' then opportunities.won_at end
            as won_at,
        case when opportunities.outcome = 'lost' then opportunities.lost_at end
            as lost_at,
        opportunities.reversed_at

    from opportunities

    inner join influences
        on opportunities.opportunity_id = influences.opportunity_id

    left join closed_amounts
        on opportunities.opportunity_id = closed_amounts.opportunity_id

    left join people_by_opportunity
        on opportunities.opportunity_id = people_by_opportunity.opportunity_id

    left join person_sources
        on people_by_opportunity.primary_person_id = person_sources.person_id

    left join booked_amounts
        on opportunities.opportunity_id = booked_amounts.opportunity_id

    where opportunities.outcome <> 'ignored'

)

select * from final
