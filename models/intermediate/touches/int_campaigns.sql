with

campaigns as (

    select * from {{ ref('stg_salesforce__campaigns') }}

),

campaign_types as (

    select * from {{ ref('crm_campaign_types') }}

),

ad_campaigns as (

    select * from {{ ref('int_ad_campaigns') }}

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
        campaign_id,
        platform_campaign_id,
        campaign_name,
        null as campaign_type,
        null as event_type,
        platform,
        false as is_operational,
        false as is_deleted

    from ad_campaigns

    where match_method = 'none'

)

select * from final
