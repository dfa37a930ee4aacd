with

campaigns as (

    select * from {{ ref('stg_salesforce__campaigns') }}

),

campaign_types as (

    select * from {{ ref('crm_campaign_types') }}

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
        spend_date

    from google_days

    union all

    select
        platform,
        platform_campaign_id,
        campaign_name,
        spend_date

    from linkedin_days

    union all

    select
        platform,
        platform_campaign_id,
        campaign_name,
        spend_date

    from meta_days

),

-- A campaign is called what the platform called it last.
ad_days_in_order as (

    select
        platform,
        platform_campaign_id,
        campaign_name,
        row_number() over (
            partition by platform, platform_campaign_id
            order by spend_date desc nulls last, campaign_name asc nulls last
        ) as name_number

    from ad_days

),

crm_campaigns as (

    select
        campaigns.campaign_id,
        campaigns.campaign_name,
        campaigns.campaign_type,
        campaign_types.event_type,
        replace(campaigns.ad_platform, ' ', '_') as platform,
        campaigns.ad_campaign_id as platform_campaign_id,
        coalesce(campaign_types.is_operational, false) as is_operational,
        campaigns._is_deleted or campaigns.is_deleted_in_crm as is_deleted

    from campaigns

    left join campaign_types
        on lower(campaigns.campaign_type) = lower(trim(campaign_types.campaign_type))

),

-- An advertising campaign that no campaign of the CRM names is one of its own, or else
-- its cost would have no place.
final as (

    select
        -- ids
        campaign_id,
        platform_campaign_id,

        -- attributes
        campaign_name,
        campaign_type,
        event_type,
        platform,

        -- flags
        is_operational,
        is_deleted

    from crm_campaigns

    union all

    select
        ad_days_in_order.platform || ':' || ad_days_in_order.platform_campaign_id
            as campaign_id,
        ad_days_in_order.platform_campaign_id,
        ad_days_in_order.campaign_name,
        null as campaign_type,
        null as event_type,
        ad_days_in_order.platform,
        false as is_operational,
        false as is_deleted

    from ad_days_in_order

    left join crm_campaigns
        on ad_days_in_order.platform = crm_campaigns.platform
        and ad_days_in_order.platform_campaign_id = crm_campaigns.platform_campaign_id

    where
        ad_days_in_order.name_number = 1
        and crm_campaigns.campaign_id is null

)

select * from final
