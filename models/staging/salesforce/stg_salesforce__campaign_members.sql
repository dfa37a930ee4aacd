with

versions as (

    select * from {{ ref('base_salesforce__campaign_members') }}

),

newest_versions as (

    {{ newest_versions(
        'versions', ['member_id'], modified_at='modified_at', is_of_person=true
    ) }}

),

final as (

    select
        -- ids
        member_id,
        campaign_id,
        lead_id,
        contact_id,

        -- attributes
        status,

        -- flags
        has_responded,

        -- timestamps
        first_responded_on,
        created_at,
        modified_at,

        -- export
        _is_deleted,
        _deleted_at,
        _exported_at,
        _source_file,
        _row_number

    from newest_versions

)

select * from final
