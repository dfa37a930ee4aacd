with

versions as (

    select * from {{ ref('base_salesforce__tasks') }}

),

newest_versions as (

    {{ newest_versions('versions', ['task_id'], is_of_person=true) }}

),

final as (

    select
        -- ids
        task_id,
        who_id,
        what_id,
        owner_id,

        -- attributes
        subject,
        task_type,
        task_subtype,
        status,
        call_disposition,

        -- flags
        is_automated,

        -- timestamps
        created_at,
        completed_at,

        -- export
        _is_deleted,
        _deleted_at,
        _exported_at,
        _source_file,
        _row_number

    from newest_versions

)

select * from final
