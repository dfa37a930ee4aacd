-- Each way of looking at the closed loop adds up to the same spend, people, deals and
-- money as the tables that it is made of. A row is a way of looking and a measure of
-- which something is missing or counted twice.
with

closed_loop as (

    select * from {{ ref('rpt_closed_loop') }}

),

spend_daily as (

    select * from {{ ref('fct_spend_daily') }}

),

bookings as (

    select * from {{ ref('fct_bookings') }}

),

opportunities as (

    select * from {{ ref('fct_opportunities') }}

),

funnel as (

    select * from {{ ref('fct_funnel') }}

),

handovers as (

    select * from {{ ref('fct_handovers') }}

),

loops as (

    select
        loop_by,
        coalesce(sum(spend_eur), 0) as spend_eur,
        sum(net_revenue_eur) as net_revenue_eur,
        sum(opportunity_count) as opportunity_count,
        sum(won_count) as won_count,
        sum(people_count) as people_count,
        sum(inquiry_count) as inquiry_count,
        sum(mql_count) as mql_count,
        sum(sal_count) as sal_count,
        sum(sql_count) as sql_count,
        sum(handover_count) as handover_count

    from closed_loop

    group by loop_by

),

all_spend as (

    select coalesce(sum(cost_eur), 0) as spend_eur

    from spend_daily

),

all_bookings as (

    select coalesce(sum(amount_eur), 0) as net_revenue_eur

    from bookings

),

all_opportunities as (

    select
        count(*) as opportunity_count,
        count(case when outcome = 'won' then opportunity_id end) as won_count

    from opportunities

),

all_passes as (

    select
        count(distinct person_id) as people_count,
        count(inquiry_at) as inquiry_count,
        count(mql_at) as mql_count,
        count(sal_at) as sal_count,
        count(sql_at) as sql_count

    from funnel

),

all_handovers as (

    select count(*) as handover_count

    from handovers

    where direction = 'marketing_to_sales'

),

compared as (

    select
        loops.loop_by,
        loops.spend_eur - all_spend.spend_eur as spend_eur,
        loops.net_revenue_eur - all_bookings.net_revenue_eur as net_revenue_eur,
        loops.opportunity_count - all_opportunities.opportunity_count
            as opportunity_count,
        loops.won_count - all_opportunities.won_count as won_count,
        loops.people_count - all_passes.people_count as people_count,
        loops.inquiry_count - all_passes.inquiry_count as inquiry_count,
        loops.mql_count - all_passes.mql_count as mql_count,
        loops.sal_count - all_passes.sal_count as sal_count,
        loops.sql_count - all_passes.sql_count as sql_count,
        loops.handover_count - all_handovers.handover_count as handover_count

    from loops

    cross join all_spend

    cross join all_bookings

    cross join all_opportunities

    cross join all_passes

    cross join all_handovers

)

select * from compared

where
    spend_eur <> 0
    or net_revenue_eur <> 0
    or opportunity_count <> 0
    or won_count <> 0
    or people_count <> 0
    or inquiry_count <> 0
    or mql_count <> 0
    or sal_count <> 0
    or sql_count <> 0
    or handover_count <> 0
