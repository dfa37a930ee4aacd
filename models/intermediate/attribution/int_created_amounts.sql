with

opportunities as (

    select * from {{ ref('int_opportunity_outcomes') }}

),

opportunity_changes as (

    select * from {{ ref('stg_salesforce__opportunity_changes') }}

),

rates_as_of as (

    select * from {{ ref('int_rates_as_of') }}

),

amounts_in_order as (

    select
        opportunity_id,
        amount,
        row_number() over (
            partition by opportunity_id
            order by occurred_at nulls last, change_id
        ) as amount_number

    from opportunity_changes

    where amount is not null

),

first_amounts as (

    select
        opportunities.opportunity_id,
        opportunities.currency,
        opportunities.created_at,
        -- Without a history the amount has been the same since the creation.
        coalesce(amounts_in_order.amount, opportunities.amount) as amount

    from opportunities

    left join amounts_in_order
        on opportunities.opportunity_id = amounts_in_order.opportunity_id
        and amounts_in_order.amount_number = 1

    where opportunities.outcome <> 'ignored'

),

final as (

    select
        first_amounts.opportunity_id,
        {{ convert_to_eur(
            'first_amounts.amount',
            'first_amounts.currency',
            'rates_as_of.eur_per_unit',
            'rates_as_of.rate_date'
        ) }} as created_amount_eur,
        {{ local_date('first_amounts.created_at') }} as created_on

    from first_amounts

    left join rates_as_of on first_amounts.currency = rates_as_of.currency

)

select * from final
