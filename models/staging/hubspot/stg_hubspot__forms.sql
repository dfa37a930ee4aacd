with

versions as (

    select * from {{ ref('base_hubspot__forms') }}

),

newest_versions as (

    {{ newest_versions('versions', ['form_id']) }}

),

final as (

    select
        -- ids
        form_id,

        -- attributes
        form_name,
        form_type,

        -- export
        _is_deleted,
        _deleted_at,
        _exported_at,
        _source_file,
        _row_number

    from newest_versions

)

select * from final
