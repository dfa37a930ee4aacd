with

commitments as (

    select * from {{ ref('int_commitments') }}

),

final as (

    select
        -- ids
        commitment_id,
        person_id,
        lead_id,
        holder_user_id,

        -- attributes
        outcome,
        receipt_type,
        receipt_id,

        -- amounts
        cast(months as integer) as months,
        cast(horizon_days as integer) as horizon_days,

        -- flags
        is_requested_by_person,

        -- dates and timestamps
        requested_at,
        unrolled_due_date,
        due_at,
        {{ local_date('due_at') }} as due_date,
        resolved_at

    from commitments

)

select * from final
