with

quarterly_plan as (

    select * from {{ ref('quarterly_plan') }}

),

spend_daily as (

    select * from {{ ref('fct_spend_daily') }}

),

opportunities as (

    select * from {{ ref('fct_opportunities') }}

),

bookings as (

    select * from {{ ref('fct_bookings') }}

),

as_of as (

    select * from {{ ref('as_of') }}

),

spend as (

    select
        cast(date_trunc('quarter', spend_date) as date) as quarter_start,
        sum(cost_eur) as spend_eur

    from spend_daily

    group by date_trunc('quarter', spend_date)

),

wins_in_order as (

    select
        opportunity_id,
        closed_on,
        row_number() over (
            partition by coalesce(account_id, opportunity_id)
            order by won_at nulls last, opportunity_id
        ) as win_number

    from opportunities

    where outcome = 'won'

),

first_wins as (

    select
        opportunity_id,
        cast(date_trunc('quarter', closed_on) as date) as quarter_start

    from wins_in_order

    where win_number = 1

),

revenue_by_deal as (

    select
        opportunity_id,
        sum(amount_eur) as net_revenue_eur

    from bookings

    group by opportunity_id

),

new_customers as (

    select
        first_wins.quarter_start,
        count(*) as new_customer_count,
        sum(coalesce(revenue_by_deal.net_revenue_eur, 0)) as net_revenue_eur

    from first_wins

    left join revenue_by_deal
        on first_wins.opportunity_id = revenue_by_deal.opportunity_id

    group by first_wins.quarter_start

),

amounts as (

    select
        quarterly_plan.quarter_starts_on as quarter_start,
        quarterly_plan.gross_margin,
        quarterly_plan.contract_months,
        coalesce(spend.spend_eur, 0) as spend_eur,
        quarterly_plan.sales_cost_eur,
        coalesce(new_customers.new_customer_count, 0) as new_customer_count,
        coalesce(new_customers.net_revenue_eur, 0) as net_revenue_eur,
        as_of.as_of_date_local
        >= cast(quarterly_plan.quarter_starts_on + interval '3' month as date)
            as is_quarter_complete

    from quarterly_plan

    cross join as_of

    left join spend on quarterly_plan.quarter_starts_on = spend.quarter_start

    left join new_customers
        on quarterly_plan.quarter_starts_on = new_customers.quarter_start

    where quarterly_plan.quarter_starts_on <= as_of.as_of_date_local

),

costs as (

    select
        *,
        cast(spend_eur + sales_cost_eur as double) as acquisition_cost_eur,
        cast(net_revenue_eur as double) * gross_margin / contract_months
            as monthly_margin_eur

    from amounts

),

final as (

    select
        -- dates
        quarter_start,

        -- amounts
        cast(spend_eur as decimal(18, 2)) as spend_eur,
        cast(sales_cost_eur as decimal(18, 2)) as sales_cost_eur,
        cast(acquisition_cost_eur as decimal(18, 2)) as acquisition_cost_eur,
        cast(new_customer_count as bigint) as new_customer_count,
        cast(net_revenue_eur as decimal(18, 2)) as net_revenue_eur,
        cast(monthly_margin_eur as decimal(18, 2)) as monthly_margin_eur,
        {{ cost_per('acquisition_cost_eur', 'new_customer_count') }} as cac_eur,
        cast(
            case
                when monthly_margin_eur > 0
                    then acquisition_cost_eur / monthly_margin_eur
            end as decimal(18, 2)
        ) as payback_months,

        -- flags
        is_quarter_complete

    from costs

)

select * from final
