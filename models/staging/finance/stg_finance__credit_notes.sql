with

versions as (

    select * from {{ ref('base_finance__credit_notes') }}

),

newest_versions as (

    {{ newest_versions('versions', ['credit_note_id']) }}

),

final as (

    select
        -- ids
        credit_note_id,
        contract_id,

        -- attributes
        currency,

        -- amounts
        amount,

        -- timestamps
        refunded_on,

        -- export
        _is_deleted,
        _deleted_at,
        _exported_at,
        _source_file,
        _row_number

    from newest_versions

)

select * from final
