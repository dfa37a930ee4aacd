with

copies as (

    select * from {{ ref('base_hubspot__form_submissions') }}

),

newest_copies as (

    {{ newest_copies('copies', ['submission_id']) }}

),

final as (

    select
        -- ids
        submission_id,
        form_id,
        contact_id,
        anonymous_id,

        -- attributes
        email,
        page_url,
        message,

        -- amounts
        callback_months,

        -- timestamps
        occurred_at,

        -- export
        _exported_at,
        _source_file,
        _row_number

    from newest_copies

)

select * from final
