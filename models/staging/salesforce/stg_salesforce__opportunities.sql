with

versions as (

    select * from {{ ref('base_salesforce__opportunities') }}

),

newest_versions as (

    {{ newest_versions('versions', ['opportunity_id'], modified_at='modified_at') }}

),

final as (

    select
        -- ids
        opportunity_id,
        account_id,
        campaign_id,
        owner_id,

        -- attributes
        opportunity_name,
        stage_name,
        currency,
        opportunity_type,
        lead_source,
        loss_reason,

        -- amounts
        amount,
        probability,

        -- flags
        is_deleted_in_crm,
        is_closed,
        is_won,

        -- timestamps
        close_date,
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
