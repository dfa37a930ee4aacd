with

spend_daily as (

    select * from {{ ref('int_spend_daily') }}

),

final as (

    select
        -- ids
        spend_id,
        platform,
        platform_campaign_id,
        campaign_id,

        -- attributes
        match_method,
        channel,

        -- amounts
        currency,
        cost,
        cost_eur,
        cast(impressions as bigint) as impressions,
        cast(clicks as bigint) as clicks,
        cast(platform_conversions as decimal(18, 2)) as platform_conversions,

        -- dates and timestamps
        spend_date,
        stated_at

    from spend_daily

)

select * from final
