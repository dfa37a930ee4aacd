with

parts as (

    select * from {{ ref('int_credit_parts') }}

),

new_deals as (

    select * from {{ ref('int_credit_deals') }}

    where closed_at is null

),

touches_of_deals as (

    select * from {{ ref('int_deal_touches') }}

),

-- The month is told once a deal, not once a credit.
deals as (

    select
        deal_number,
        opportunity_id,
        definition_version,
        opportunity_created_at,
        {{ local_month('opportunity_created_at') }} as created_month

    from new_deals

),

amounts as (

    select
        deal_number,
        attribution_model,
        touch_number,
        unit_count as cents

    from parts

    where whole_kind = 'pipeline'

),

shares as (

    select
        parts.deal_number,
        parts.attribution_model,
        parts.touch_number,
        parts.unit_count as millionths,
        deals.opportunity_id,
        deals.definition_version,
        deals.opportunity_created_at,
        deals.created_month

    from parts

    inner join deals on parts.deal_number = deals.deal_number

    where parts.whole_kind = 'share'

),

final as (

    select
        -- ids
        cast({{ hash_key([
            'shares.attribution_model',
            'shares.opportunity_id',
            'touches_of_deals.touch_id',
        ]) }} as varchar) as pipeline_credit_id,
        shares.opportunity_id,
        touches_of_deals.touch_id,
        touches_of_deals.person_id,
        touches_of_deals.campaign_id,

        -- attributes
        shares.attribution_model,
        shares.definition_version,
        coalesce(touches_of_deals.channel, {{ unattributed() }}) as channel,
        touches_of_deals.touch_team,

        -- amounts
        shares.touch_number,
        cast(shares.millionths * 0.000001 as decimal(18, 6)) as credit_share,
        cast(amounts.cents * 0.01 as decimal(18, 2)) as credit_eur,

        -- dates and timestamps
        touches_of_deals.occurred_at,
        shares.opportunity_created_at,
        shares.created_month

    from shares

    inner join amounts
        on shares.deal_number = amounts.deal_number
        and shares.attribution_model = amounts.attribution_model
        and coalesce(shares.touch_number, 0) = coalesce(amounts.touch_number, 0)

    left join touches_of_deals
        on shares.deal_number = touches_of_deals.deal_number
        and shares.touch_number = touches_of_deals.touch_number

)

select * from final
