with

versions as (

    select * from {{ ref('base_salesforce__campaigns') }}

),

newest_versions as (

    {{ newest_versions('versions', ['campaign_id']) }}

),

final as (

    select
        -- ids
        campaign_id,
        parent_campaign_id,
        ad_campaign_id,

        -- attributes
        campaign_name,
        campaign_type,
        status,
        ad_platform,

        -- amounts
        actual_cost,

        -- flags
        is_deleted_in_crm,

        -- timestamps
        start_date,
        end_date,

        -- export
        _is_deleted,
        _deleted_at,
        _exported_at,
        _source_file,
        _row_number

    from newest_versions

)

select * from final
