with

parts as (

    select * from {{ ref('int_credit_parts') }}

    where whole_kind = 'share'

),

deals as (

    select * from {{ ref('int_credit_deals') }}

    where closed_at is not null

),

booking_credits as (

    select * from {{ ref('fct_booking_credits') }}

),

touches_of_deals as (

    select * from {{ ref('int_deal_touches') }}

),

credits_by_touch as (

    select
        attribution_model,
        opportunity_id,
        touch_number,
        sum(credit_eur) as credit_eur

    from booking_credits

    group by attribution_model, opportunity_id, touch_number

),

final as (

    select
        -- ids
        cast({{ hash_key([
            'parts.attribution_model',
            'deals.opportunity_id',
            'touches_of_deals.touch_id',
        ]) }} as varchar) as touch_credit_id,
        deals.opportunity_id,
        touches_of_deals.touch_id,
        touches_of_deals.person_id,
        touches_of_deals.campaign_id,

        -- attributes
        parts.attribution_model,
        deals.definition_version,
        coalesce(touches_of_deals.channel, {{ unattributed() }}) as channel,
        touches_of_deals.touch_team,

        -- amounts
        parts.touch_number,
        cast(parts.unit_count * 0.000001 as decimal(18, 6)) as credit_share,
        cast(credits_by_touch.credit_eur as decimal(18, 2)) as credit_eur,

        -- timestamps
        touches_of_deals.occurred_at,
        deals.closed_at

    from parts

    inner join deals on parts.deal_number = deals.deal_number

    inner join credits_by_touch
        on parts.attribution_model = credits_by_touch.attribution_model
        and deals.opportunity_id = credits_by_touch.opportunity_id
        and coalesce(parts.touch_number, 0)
        = coalesce(credits_by_touch.touch_number, 0)

    left join touches_of_deals
        on parts.deal_number = touches_of_deals.deal_number
        and parts.touch_number = touches_of_deals.touch_number

)

select * from final
