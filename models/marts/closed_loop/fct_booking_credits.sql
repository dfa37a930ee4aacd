with

parts as (

    select * from {{ ref('int_credit_parts') }}

    where whole_kind = 'booking'

),

bookings as (

    select * from {{ ref('int_bookings') }}

),

deals as (

    select * from {{ ref('int_credit_deals') }}

),

touches_of_deals as (

    select * from {{ ref('int_deal_touches') }}

),

divided_credits as (

    select
        parts.attribution_model,
        parts.deal_number,
        parts.touch_number,
        bookings.booking_id,
        bookings.opportunity_id,
        bookings.contract_id,
        bookings.kind,
        bookings.booked_on,
        parts.unit_count as cents

    from parts

    inner join bookings on parts.booking_id = bookings.booking_id

),

credits_by_contract as (

    select
        contract_id,
        attribution_model,
        deal_number,
        touch_number,
        sum(cents) as cents

    from divided_credits

    group by
        contract_id,
        attribution_model,
        deal_number,
        touch_number

),

-- Dividing the rest anew would leave a cent here and there; each touch gives back what
-- it still has.
reversed_credits as (

    select
        credits_by_contract.attribution_model,
        credits_by_contract.deal_number,
        credits_by_contract.touch_number,
        bookings.booking_id,
        bookings.opportunity_id,
        bookings.contract_id,
        bookings.kind,
        bookings.booked_on,
        -credits_by_contract.cents as cents

    from bookings

    inner join credits_by_contract
        on bookings.contract_id = credits_by_contract.contract_id

    where bookings.kind = 'reversal'

),

credits as (

    select
        attribution_model,
        deal_number,
        touch_number,
        booking_id,
        opportunity_id,
        contract_id,
        kind,
        booked_on,
        cents

    from divided_credits

    union all

    select
        attribution_model,
        deal_number,
        touch_number,
        booking_id,
        opportunity_id,
        contract_id,
        kind,
        booked_on,
        cents

    from reversed_credits

),

final as (

    select
        -- ids
        cast({{ hash_key([
            'credits.attribution_model',
            'credits.booking_id',
            'touches_of_deals.touch_id',
        ]) }} as varchar) as booking_credit_id,
        credits.booking_id,
        credits.opportunity_id,
        credits.contract_id,
        touches_of_deals.touch_id,
        touches_of_deals.person_id,
        touches_of_deals.campaign_id,

        -- attributes
        credits.attribution_model,
        deals.definition_version,
        coalesce(touches_of_deals.channel, {{ unattributed() }}) as channel,
        touches_of_deals.touch_team,
        credits.kind,

        -- amounts
        credits.touch_number,
        cast(credits.cents * 0.01 as decimal(18, 2)) as credit_eur,

        -- dates
        credits.booked_on,
        cast(date_trunc('month', credits.booked_on) as date) as booked_month

    from credits

    inner join deals on credits.deal_number = deals.deal_number

    left join touches_of_deals
        on credits.deal_number = touches_of_deals.deal_number
        and credits.touch_number = touches_of_deals.touch_number

)

select * from final
