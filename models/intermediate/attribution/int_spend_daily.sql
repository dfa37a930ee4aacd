with

google_ads as (

    select * from {{ ref('stg_google_ads__campaign_days') }}

),

linkedin_ads as (

    select * from {{ ref('stg_linkedin_ads__campaign_days') }}

),

meta_ads as (

    select * from {{ ref('stg_meta_ads__campaign_days') }}

),

ad_campaigns as (

    select * from {{ ref('int_ad_campaigns') }}

),

ad_platform_channels as (

    select * from {{ ref('ad_platform_channels') }}

),

fx_rates as (

    select * from {{ ref('stg_finance__fx_rates') }}

),

statements as (

    select
        platform,
        platform_campaign_id,
        spend_date,
        currency,
        cost,
        impressions,
        clicks,
        platform_conversions,
        stated_at

    from google_ads

    union all

    select
        platform,
        platform_campaign_id,
        spend_date,
        currency,
        cost,
        impressions,
        clicks,
        platform_conversions,
        stated_at

    from linkedin_ads

    union all

    select
        platform,
        platform_campaign_id,
        spend_date,
        currency,
        cost,
        impressions,
        clicks,
        platform_conversions,
        stated_at

    from meta_ads

),

rates as (

    select
        currency,
        rate_date,
        eur_per_unit

    from fx_rates

    where not _is_deleted

),

final as (

    select
        -- ids
        {{ hash_key([
            'statements.platform',
            'statements.platform_campaign_id',
            'statements.spend_date',
        ]) }} as spend_id,
        statements.platform,
        statements.platform_campaign_id,
        ad_campaigns.campaign_id,

        -- attributes
        ad_campaigns.match_method,
        coalesce(ad_platform_channels.channel, {{ unattributed() }}) as channel,

        -- amounts
        statements.currency,
        cast(statements.cost as decimal(18, 2)) as cost,
        {{ convert_to_eur(
            'statements.cost',
            'statements.currency',
            'rates.eur_per_unit',
            'statements.spend_date'
        ) }} as cost_eur,
        statements.impressions,
        statements.clicks,
        statements.platform_conversions,

        -- dates and timestamps
        statements.spend_date,
        statements.stated_at

    from statements

    inner join ad_campaigns
        on statements.platform = ad_campaigns.platform
        and statements.platform_campaign_id = ad_campaigns.platform_campaign_id

    left join ad_platform_channels
        on statements.platform = lower(trim(ad_platform_channels.platform))

    left join rates
        on statements.currency = rates.currency
        and statements.spend_date = rates.rate_date

)

select * from final
