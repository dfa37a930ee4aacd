with

bookings as (

    select * from {{ ref('fct_bookings') }}

),

opportunities as (

    select * from {{ ref('fct_opportunities') }}

),

funnel_stages as (

    select * from {{ ref('funnel_stages') }}

),

teams as (

    select distinct owner_team as team

    from funnel_stages

    where owner_team is not null

    union all

    select 'unknown' as team

),

sourced_bookings as (

    select
        bookings.booked_month as signed_month,
        coalesce(opportunities.sourced_by, 'unknown') as team,
        bookings.amount_eur,
        case when bookings.kind = 'contract' then bookings.amount_eur else 0 end
            as signed_eur,
        coalesce(opportunities.is_marketing_influenced, false)
            as is_marketing_influenced,
        coalesce(opportunities.is_sales_influenced, false) as is_sales_influenced

    from bookings

    left join opportunities
        on bookings.opportunity_id = opportunities.opportunity_id

),

sourced as (

    select
        signed_month,
        team,
        sum(signed_eur) as booked_eur,
        sum(amount_eur) as net_revenue_eur

    from sourced_bookings

    group by signed_month, team

),

influenced as (

    select
        sourced_bookings.signed_month,
        teams.team,
        sum(sourced_bookings.signed_eur) as influenced_eur

    from sourced_bookings

    inner join teams
        on (teams.team = 'marketing' and sourced_bookings.is_marketing_influenced)
        or (teams.team = 'sales' and sourced_bookings.is_sales_influenced)

    group by sourced_bookings.signed_month, teams.team

),

won as (

    select
        cast(date_trunc('month', closed_on) as date) as signed_month,
        coalesce(sourced_by, 'unknown') as team,
        count(*) as won_opportunity_count

    from opportunities

    where outcome = 'won'

    group by date_trunc('month', closed_on), coalesce(sourced_by, 'unknown')

),

months as (

    select signed_month

    from sourced

    union distinct

    select signed_month

    from won

),

amounts as (

    select
        months.signed_month,
        teams.team,
        coalesce(won.won_opportunity_count, 0) as won_opportunity_count,
        coalesce(sourced.booked_eur, 0) as booked_eur,
        coalesce(sourced.net_revenue_eur, 0) as net_revenue_eur,
        coalesce(influenced.influenced_eur, 0) as influenced_eur

    from months

    cross join teams

    left join won
        on months.signed_month = won.signed_month
        and teams.team = won.team

    left join sourced
        on months.signed_month = sourced.signed_month
        and teams.team = sourced.team

    left join influenced
        on months.signed_month = influenced.signed_month
        and teams.team = influenced.team

),

running as (

    select
        *,
        sum(booked_eur) over month_so_far as booked_eur_so_far,
        sum(booked_eur) over (partition by signed_month) as booked_eur_of_month

    from amounts

    window month_so_far as (
        partition by signed_month
        order by team
        rows between unbounded preceding and current row
    )

),

-- A rounded share each would leave a month at 0.999999. The share of the teams so far
-- is rounded instead, and a team gets what it adds to that.
shares as (

    select
        *,
        cast(
            round(
                cast(booked_eur_so_far as double)
                / nullif(cast(booked_eur_of_month as double), 0),
                6
            ) as decimal(18, 6)
        ) as share_so_far

    from running

),

final as (

    select
        -- attributes
        signed_month,
        team,

        -- amounts
        cast(won_opportunity_count as bigint) as won_opportunity_count,
        cast(booked_eur as decimal(18, 2)) as booked_eur,
        cast(net_revenue_eur as decimal(18, 2)) as net_revenue_eur,
        cast(
            share_so_far - coalesce(
                lag(share_so_far) over (
                    partition by signed_month
                    order by team
                ),
                0
            ) as decimal(18, 6)
        ) as sourced_share,
        cast(
            case when team <> 'unknown' then influenced_eur end as decimal(18, 2)
        ) as influenced_eur,
        cast(
            case
                when team <> 'unknown'
                    then
                        cast(influenced_eur as double)
                        / nullif(cast(booked_eur_of_month as double), 0)
            end as decimal(18, 6)
        ) as influenced_share

    from shares

)

select * from final
