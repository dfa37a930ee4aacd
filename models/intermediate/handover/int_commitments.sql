with

requests as (

    select * from {{ ref('int_commitment_requests') }}

),

outcomes as (

    select * from {{ ref('int_commitment_outcomes') }}

),

final as (

    select
        -- ids
        requests.commitment_id,
        requests.person_id,
        requests.lead_id,
        requests.holder_user_id,

        -- attributes
        requests.receipt_type,
        requests.receipt_id,
        requests.months,
        requests.horizon_days,
        outcomes.outcome,

        -- flags
        requests.is_requested_by_person,

        -- timestamps
        requests.requested_at,
        requests.unrolled_due_date,
        requests.due_at,
        outcomes.resolved_at

    from requests

    inner join outcomes on requests.commitment_id = outcomes.commitment_id

)

select * from final
