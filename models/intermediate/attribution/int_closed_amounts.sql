with

opportunities as (

    select * from {{ ref('int_opportunity_outcomes') }}

),

bookings as (

    select * from {{ ref('int_bookings') }}

),

fx_rates as (

    select * from {{ ref('stg_finance__fx_rates') }}

),

signed_amounts as (

    select
        opportunity_id,
        sum(amount_eur) as signed_amount_eur

    from bookings

    where kind = 'contract'

    group by opportunity_id

),

closed as (

    select
        opportunities.opportunity_id,
        opportunities.outcome,
        opportunities.amount,
        opportunities.currency,
        signed_amounts.signed_amount_eur,
        {{ local_date(
            "case opportunities.outcome when 'won' then opportunities.won_at"
            ~ " else opportunities.lost_at end"
        ) }} as closed_on

    from opportunities

    left join signed_amounts
        on opportunities.opportunity_id = signed_amounts.opportunity_id

    where opportunities.outcome in ('won', 'lost')

),

-- The rate of a loss is the newest that its day knew: a dump of Monday morning has none
-- of Monday yet.
rates_in_order as (

    select
        closed.opportunity_id,
        fx_rates.eur_per_unit,
        row_number() over (
            partition by closed.opportunity_id
            order by fx_rates.rate_date desc nulls last
        ) as rate_number

    from closed

    inner join fx_rates
        on closed.currency = fx_rates.currency
        and closed.closed_on >= fx_rates.rate_date

    where closed.outcome = 'lost' and not fx_rates._is_deleted

),

final as (

    select
        -- ids
        closed.opportunity_id,

        -- attributes
        closed.outcome,

        -- amounts
        case closed.outcome
            when 'won' then closed.signed_amount_eur
            else {{ convert_to_eur(
                'closed.amount',
                'closed.currency',
                'rates_in_order.eur_per_unit',
                'closed.closed_on'
            ) }}
        end as closed_amount_eur,

        -- dates
        closed.closed_on

    from closed

    left join rates_in_order
        on closed.opportunity_id = rates_in_order.opportunity_id
        and rates_in_order.rate_number = 1

)

select * from final
