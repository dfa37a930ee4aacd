with

spend_versions as (

    select * from {{ ref('int_spend_versions') }}

),

final as (

    select
        -- ids
        spend_version_id,
        spend_id,
        platform,
        platform_campaign_id,
        campaign_id,

        -- attributes
        match_method,
        cast(version_number as integer) as version_number,

        -- amounts
        currency,
        cost,
        cost_eur,
        cast(change_eur as decimal(18, 2)) as change_eur,

        -- flags
        is_current,

        -- dates and timestamps
        spend_date,
        stated_at,
        superseded_at

    from spend_versions

)

select * from final
