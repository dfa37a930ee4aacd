with

versions as (

    select * from {{ ref('base_salesforce__leads') }}

),

newest_versions as (

    {{ newest_versions(
        'versions', ['lead_id'], modified_at='modified_at', is_of_person=true
    ) }}

),

final as (

    select
        -- ids
        lead_id,
        master_lead_id,
        owner_id,
        converted_account_id,
        converted_contact_id,
        converted_opportunity_id,
        created_by_id,

        -- attributes
        first_name,
        last_name,
        email,
        phone,
        title,
        company_name,
        website,
        country,
        industry,
        lead_source,
        status,
        rejection_reason,

        -- amounts
        employees,
        callback_months,

        -- flags
        is_deleted_in_crm,
        is_converted,
        is_callback_requested_by_person,

        -- timestamps
        converted_on,
        created_at,
        modified_at,
        callback_requested_at,

        -- export
        _is_deleted,
        _deleted_at,
        _exported_at,
        _source_file,
        _row_number

    from newest_versions

)

select * from final
