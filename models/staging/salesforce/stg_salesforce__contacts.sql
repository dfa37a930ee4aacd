with

versions as (

    select * from {{ ref('base_salesforce__contacts') }}

),

newest_versions as (

    {{ newest_versions(
        'versions', ['contact_id'], modified_at='modified_at', is_of_person=true
    ) }}

),

final as (

    select
        -- ids
        contact_id,
        master_contact_id,
        account_id,
        owner_id,

        -- attributes
        first_name,
        last_name,
        email,
        phone,
        title,

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
