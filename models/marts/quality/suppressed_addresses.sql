with

erasure_requests as (

    select * from {{ ref('stg_privacy__erasure_requests') }}

),

final as (

    select
        address_hash,
        min(requested_at) as erased_at,
        max(requested_at) as last_erased_at,
        cast(count(*) as integer) as request_count,
        'erasure_request' as reason

    from erasure_requests

    group by address_hash

)

select * from final
