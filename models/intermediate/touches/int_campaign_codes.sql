with

campaigns as (

    select * from {{ ref('int_campaigns') }}

),

ad_campaigns as (

    select * from {{ ref('int_ad_campaigns') }}

),

-- An advertisement is often called otherwise on its platform than in the CRM, and its
-- links bear the name or the id of the platform.
codes as (

    select
        {{ campaign_code('campaign_name') }} as campaign_code,
        campaign_id,
        is_deleted,
        1 as code_order

    from campaigns

    union all

    select
        {{ campaign_code('campaign_name') }} as campaign_code,
        campaign_id,
        false as is_deleted,
        2 as code_order

    from ad_campaigns

    union all

    select
        {{ campaign_code('platform_campaign_id') }} as campaign_code,
        campaign_id,
        is_deleted,
        3 as code_order

    from campaigns

    union all

    select
        {{ campaign_code('platform_campaign_id') }} as campaign_code,
        campaign_id,
        false as is_deleted,
        4 as code_order

    from ad_campaigns

    union all

    select
        {{ campaign_code('campaign_id') }} as campaign_code,
        campaign_id,
        is_deleted,
        5 as code_order

    from campaigns

),

-- A name that two campaigns bear is taken for the one that still exists.
codes_in_order as (

    select
        campaign_code,
        campaign_id,
        row_number() over (
            partition by campaign_code
            order by code_order, is_deleted, campaign_id
        ) as campaign_number

    from codes

    where campaign_code is not null

),

final as (

    select
        campaign_code,
        campaign_id

    from codes_in_order

    where campaign_number = 1

)

select * from final
