with

copies as (

    select * from {{ ref('base_hubspot__contact_merges') }}

),

newest_copies as (

    {{ newest_copies('copies', ['merge_id']) }}

),

final as (

    select
        -- ids
        merge_id,
        canonical_contact_id,
        merged_contact_id,

        -- timestamps
        occurred_at,

        -- export
        _exported_at,
        _source_file,
        _row_number

    from newest_copies

)

select * from final
