with

versions as (

    select * from {{ ref('base_hubspot__contacts') }}

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
        salesforce_lead_id,
        salesforce_contact_id,

        -- attributes
        email,
        additional_emails,
        first_name,
        last_name,
        phone,
        job_title,
        company_name,
        country,
        industry,
        lifecycle_stage,
        lead_status,
        analytics_source,

        -- amounts
        employees,
        hubspot_score,

        -- flags
        is_email_opted_out,

        -- timestamps
        created_at,
        modified_at,
        crm_lead_date,
        crm_mql_date,
        crm_sql_date,
        crm_opportunity_date,
        crm_customer_date,

        -- export
        _is_deleted,
        _deleted_at,
        _exported_at,
        _source_file,
        _row_number

    from newest_versions

)

select * from final
