with

versions as (

    select * from {{ ref('base_salesforce__users') }}

),

newest_versions as (

    {{ newest_versions('versions', ['user_id'], modified_at='modified_at') }}

),

final as (

    select
        -- ids
        user_id,

        -- attributes
        user_name,
        email,
        department,
        user_type,

        -- flags
        is_active,

        -- timestamps
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
