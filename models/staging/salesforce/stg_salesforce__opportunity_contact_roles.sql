with

versions as (

    select * from {{ ref('base_salesforce__opportunity_contact_roles') }}

),

newest_versions as (

    {{ newest_versions('versions', ['role_id'], is_of_person=true) }}

),

final as (

    select
        -- ids
        role_id,
        opportunity_id,
        contact_id,

        -- attributes
        role,

        -- flags
        is_primary,

        -- timestamps
        created_at,

        -- export
        _is_deleted,
        _deleted_at,
        _exported_at,
        _source_file,
        _row_number

    from newest_versions

)

select * from final
