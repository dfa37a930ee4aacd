with

campaigns as (

    select * from {{ ref('stg_salesforce__campaigns') }}

),

google_days as (

    select * from {{ ref('stg_google_ads__campaign_days') }}

),

linkedin_days as (

    select * from {{ ref('stg_linkedin_ads__campaign_days') }}

),

meta_days as (

    select * from {{ ref('stg_meta_ads__campaign_days') }}

),

ad_days as (

    select
        platform,
        platform_campaign_id,
        campaign_name,
        spend_date,
        stated_at

    from google_days

    union all

    select
        platform,
        platform_campaign_id,
        campaign_name,
        spend_date,
        stated_at

    from linkedin_days

    union all

    select
        platform,
        platform_campaign_id,
        campaign_name,
        spend_date,
        stated_at

    from meta_days

),

-- A campaign is called what the platform called it last. An export that restates old
-- days has the name of its own day on them.
ad_days_in_order as (

    select
        platform,
        platform_campaign_id,
        campaign_name,
        row_number() over (
            partition by platform, platform_campaign_id
            order by
                stated_at desc nulls last,
                spend_date desc nulls last,
                campaign_name asc nulls last
        ) as name_number

    from ad_days

),

crm_campaigns as (

    select
        campaign_id,
        campaign_name,
        replace(ad_platform, ' ', '_') as platform,
        ad_campaign_id as platform_campaign_id,
        _is_deleted or is_deleted_in_crm as is_deleted

    from campaigns

),

-- Two CRM campaigns may name one advertising campaign; its cost is paid once.
crm_ad_ids_in_order as (

    select
        platform,
        platform_campaign_id,
        campaign_id,
        row_number() over (
            partition by platform, platform_campaign_id
            order by is_deleted, campaign_id
        ) as campaign_number

    from crm_campaigns

    where platform is not null and platform_campaign_id is not null

),

crm_codes as (

    select
        {{ campaign_code('campaign_name') }} as campaign_code,
        campaign_id,
        is_deleted,
        1 as code_order

    from crm_campaigns

    union all

    select
        {{ campaign_code('campaign_id') }} as campaign_code,
        campaign_id,
        is_deleted,
        2 as code_order

    from crm_campaigns

),

-- In the order in which links are read, so that cost and visits of one name meet.
crm_codes_in_order as (

    select
        campaign_code,
        campaign_id,
        row_number() over (
            partition by campaign_code
            order by code_order, is_deleted, campaign_id
        ) as campaign_number

    from crm_codes

    where campaign_code is not null

),

final as (

    select
        -- ids
        ad_days_in_order.platform,
        ad_days_in_order.platform_campaign_id,
        coalesce(
            crm_ad_ids_in_order.campaign_id,
            crm_codes_in_order.campaign_id,
            ad_days_in_order.platform || ':' || ad_days_in_order.platform_campaign_id
        ) as campaign_id,

        -- attributes
        ad_days_in_order.campaign_name,
        case
            when crm_ad_ids_in_order.campaign_id is not null then 'crm_ad_id'
            when crm_codes_in_order.campaign_id is not null then 'campaign_code'
            else 'none'
        end as match_method

    from ad_days_in_order

    left join crm_ad_ids_in_order
        on ad_days_in_order.platform = crm_ad_ids_in_order.platform
        and ad_days_in_order.platform_campaign_id
        = crm_ad_ids_in_order.platform_campaign_id
        and crm_ad_ids_in_order.campaign_number = 1

    left join crm_codes_in_order
        on {{ campaign_code('ad_days_in_order.campaign_name') }}
        = crm_codes_in_order.campaign_code
        and crm_codes_in_order.campaign_number = 1

    where ad_days_in_order.name_number = 1

)

select * from final
