with

versions as (

    select * from {{ ref('base_salesforce__accounts') }}

),

newest_versions as (

    {{ newest_versions('versions', ['account_id'], modified_at='modified_at') }}

),

final as (

    select
        -- ids
        account_id,
        master_account_id,
        owner_id,

        -- attributes
        account_name,
        website,
        industry,
        country,

        -- amounts
        employees,

        -- flags
        is_deleted_in_crm,

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
