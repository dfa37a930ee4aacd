with

erasure_requests as (

    select * from {{ ref('stg_privacy__erasure_requests') }}

),

identity_keys as (

    select * from {{ ref('int_identity_keys') }}

),

ranked as (

    select
        identity_keys.person_id,
        erasure_requests.request_id,
        erasure_requests.requested_at,
        row_number() over (
            partition by identity_keys.person_id
            order by
                erasure_requests.requested_at nulls last,
                erasure_requests.request_id
        ) as request_number

    from erasure_requests

    inner join identity_keys
        on 'email:' || erasure_requests.subject_email = identity_keys.identity_key

),

final as (

    select
        person_id,
        request_id,
        requested_at as erased_at

    from ranked

    where request_number = 1

)

select * from final
