with

parts as (

    select * from {{ ref('int_credit_parts') }}

),

deals as (

    select * from {{ ref('int_credit_deals') }}

    where closed_at is null

),

touches as (

    select * from {{ ref('int_touches') }}

),

amounts as (

    select
        opportunity_id,
        attribution_model,
        touch_id,
        unit_count as cents

    from parts

    where whole_kind = 'pipeline'

),

shares as (

    select
        parts.opportunity_id,
        parts.attribution_model,
        parts.definition_version,
        parts.touch_id,
        parts.touch_number,
        parts.unit_count as millionths,
        deals.opportunity_created_at

    from parts

    inner join deals
        on parts.credit_basis = deals.credit_basis
        and parts.opportunity_id = deals.opportunity_id

    where parts.whole_kind = 'share'

),

final as (

    select
        -- ids
        cast({{ hash_key([
            'shares.attribution_model', 'shares.opportunity_id', 'shares.touch_id'
        ]) }} as varchar) as pipeline_credit_id,
        shares.opportunity_id,
        shares.touch_id,
        touches.person_id,
        touches.campaign_id,

        -- attributes
        shares.attribution_model,
        shares.definition_version,
        coalesce(touches.channel, {{ unattributed() }}) as channel,
        touches.touch_team,

        -- amounts
        shares.touch_number,
        cast(shares.millionths * 0.000001 as decimal(18, 6)) as credit_share,
        cast(amounts.cents * 0.01 as decimal(18, 2)) as credit_eur,

        -- dates and timestamps
        touches.occurred_at,
        shares.opportunity_created_at,
        {{ local_month('shares.opportunity_created_at') }} as created_month

    from shares

    inner join amounts
        on shares.opportunity_id = amounts.opportunity_id
        and shares.attribution_model = amounts.attribution_model
        and coalesce(shares.touch_id, '') = coalesce(amounts.touch_id, '')

    left join touches on shares.touch_id = touches.touch_id

)

select * from final
