with

versions as (

    select * from {{ ref('base_finance__contracts') }}

),

newest_versions as (

    {{ newest_versions('versions', ['contract_id']) }}

),

final as (

    select
        -- ids
        contract_id,
        opportunity_id,

        -- attributes
        currency,

        -- amounts
        amount,

        -- timestamps
        signed_on,

        -- export
        _is_deleted,
        _deleted_at,
        _exported_at,
        _source_file,
        _row_number

    from newest_versions

)

select * from final
