-- A handover is decided once, before the next one of the person begins, and a reason
-- goes with a negative decision alone. A row is a handover for which that does not
-- hold.
with

handovers as (

    select * from {{ ref('fct_handovers') }}

),

with_next as (

    select
        handover_id,
        person_id,
        assigned_at,
        ended_at,
        decision,
        reason_code,
        lead(assigned_at) over (
            partition by person_id
            order by assigned_at nulls last, handover_id
        ) as next_assigned_at

    from handovers

    where handover_number is not null

)

select * from with_next

where
    next_assigned_at < ended_at
    or (ended_at is null and next_assigned_at is not null)
    or (decision is null and reason_code is not null)
    or (decision <> 'rejected' and reason_code is not null)
