with

copies as (

    select * from {{ ref('base_privacy__erasure_requests') }}

),

newest_copies as (

    {{ newest_copies('copies', ['request_id']) }}

),

final as (

    select
        -- ids
        request_id,

        -- attributes
        address_hash,
        subject_email,

        -- timestamps
        requested_at,

        -- export
        _exported_at,
        _source_file,
        _row_number

    from newest_copies

)

select * from final
