with

social_interactions as (

    select * from {{ ref('stg_social__interactions') }}

),

identity_keys as (

    select * from {{ ref('int_identity_keys') }}

),

social_touch_rules as (

    select * from {{ ref('social_touch_rules') }}

),

versions as (

    select * from {{ ref('version_settings') }}

),

campaign_codes as (

    select * from {{ ref('int_campaign_codes') }}

),

campaigns as (

    select * from {{ ref('int_campaigns') }}

),

-- Whose touch it is says the agreement of the day. What it does not name is of the team
-- that speaks in public.
final as (

    select
        -- ids
        social_interactions.interaction_id,
        identity_keys.person_id,
        coalesce(campaigns.campaign_id, campaign_codes.campaign_id) as campaign_id,

        -- attributes
        case
            when social_interactions.interaction_kind = 'direct_message'
                then 'direct_message'
            when social_interactions.account_identity = 'brand' then 'brand_engagement'
            else 'employee_engagement'
        end as event_detail,
        coalesce(social_touch_rules.touch_team, 'marketing') as touch_team,
        nullif(social_touch_rules.assist_team, '') as assist_team,

        -- timestamps
        social_interactions.occurred_at

    from social_interactions

    inner join identity_keys
        on 'email:' || social_interactions.email = identity_keys.identity_key

    inner join versions
        on social_interactions.occurred_at >= versions.applies_from
        and social_interactions.occurred_at < versions.applies_to

    left join social_touch_rules
        on versions.definition_version = social_touch_rules.definition_version
        and social_interactions.account_identity = social_touch_rules.identity
        and social_interactions.interaction_kind = social_touch_rules.interaction_kind

    left join campaigns
        on substr(social_interactions.campaign_id, 1, 15) = campaigns.campaign_id

    left join campaign_codes
        on {{ campaign_code('social_interactions.campaign_id') }}
        = campaign_codes.campaign_code

)

select * from final
