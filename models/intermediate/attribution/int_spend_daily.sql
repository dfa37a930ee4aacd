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

campaigns as (

    select * from {{ ref('int_campaigns') }}

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

-- Two CRM campaigns may name one advertising campaign; its cost is paid once.
campaigns_in_order as (

    select
        platform,
        platform_campaign_id,
        campaign_id,
        row_number() over (
            partition by platform, platform_campaign_id
            order by is_deleted, campaign_id
        ) as campaign_number

    from campaigns

    where platform_campaign_id is not null

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
        campaigns_in_order.campaign_id,

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

    left join campaigns_in_order
        on statements.platform = campaigns_in_order.platform
        and statements.platform_campaign_id = campaigns_in_order.platform_campaign_id
        and campaigns_in_order.campaign_number = 1

    left join rates
        on statements.currency = rates.currency
        and statements.spend_date = rates.rate_date

)

select * from final
