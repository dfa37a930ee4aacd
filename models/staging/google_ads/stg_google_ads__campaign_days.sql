with

copies as (

    select * from {{ ref('base_google_ads__campaign_days') }}

),

newest_copies as (

    {{ newest_copies('copies', ['platform_campaign_id', 'spend_date']) }}

),

final as (

    select
        -- ids
        platform,
        platform_campaign_id,

        -- attributes
        campaign_name,
        currency,

        -- amounts
        cost,
        impressions,
        clicks,
        platform_conversions,

        -- timestamps
        spend_date,
        _exported_at as stated_at,

        -- export
        _exported_at,
        _source_file,
        _row_number

    from newest_copies

)

select * from final
