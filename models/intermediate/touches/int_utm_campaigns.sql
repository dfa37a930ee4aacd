with

human_page_views as (

    select * from {{ ref('int_human_page_views') }}

),

campaign_codes as (

    select * from {{ ref('int_campaign_codes') }}

),

campaign_names as (

    select distinct utm_campaign

    from human_page_views

    where utm_campaign is not null

),

final as (

    select
        campaign_names.utm_campaign,
        campaign_codes.campaign_id

    from campaign_names

    inner join campaign_codes
        on {{ campaign_code('campaign_names.utm_campaign') }}
        = campaign_codes.campaign_code

)

select * from final
