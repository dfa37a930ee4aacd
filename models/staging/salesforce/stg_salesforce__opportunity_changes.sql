with

copies as (

    select * from {{ ref('base_salesforce__opportunity_changes') }}

),

newest_copies as (

    {{ newest_copies('copies', ['change_id']) }}

),

final as (

    select
        -- ids
        change_id,
        opportunity_id,
        created_by_id,

        -- attributes
        stage_name,

        -- amounts
        amount,
        probability,

        -- timestamps
        close_date,
        occurred_at,

        -- export
        _exported_at,
        _source_file,
        _row_number

    from newest_copies

)

select * from final
