with

copies as (

    select * from {{ ref('base_salesforce__lead_changes') }}

),

newest_copies as (

    {{ newest_copies('copies', ['change_id']) }}

),

final as (

    select
        -- ids
        change_id,
        lead_id,
        created_by_id,

        -- attributes
        field,
        old_value,
        new_value,

        -- timestamps
        occurred_at,

        -- export
        _exported_at,
        _source_file,
        _row_number

    from newest_copies

)

select * from final
