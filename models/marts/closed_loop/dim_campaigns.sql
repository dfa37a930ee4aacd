with

campaigns as (

    select * from {{ ref('int_campaigns') }}

),

final as (

    select
        -- ids
        campaign_id,
        platform_campaign_id,

        -- attributes
        campaign_name,
        campaign_type,
        platform,

        -- flags
        is_operational,
        is_deleted

    from campaigns

)

select * from final
