with

handovers as (

    select * from {{ ref('int_handovers') }}

),

rejection_reasons as (

    select * from {{ ref('rejection_reasons') }}

),

attempts as (

    select * from {{ ref('int_attempts') }}

),

attempts_by_handover as (

    select
        handovers.handover_id,
        count(*) as attempt_count

    from handovers

    inner join attempts
        on handovers.person_id = attempts.person_id
        and handovers.first_attempt_at <= attempts.occurred_at

    where
        handovers.ended_at is null
        or attempts.occurred_at <= handovers.ended_at

    group by handovers.handover_id

),

final as (

    select
        -- ids
        handovers.handover_id,
        handovers.pass_id,
        handovers.person_id,
        handovers.lead_id,
        handovers.commitment_id,
        handovers.decided_by_user_id,

        -- attributes
        handovers.direction,
        cast(handovers.handover_number as integer) as handover_number,
        handovers.opening_event,
        handovers.tier,
        handovers.decision,
        handovers.reason_code,
        rejection_reasons.counts_against,
        handovers.receipt_type,
        handovers.receipt_id,
        handovers.definition_version,

        -- amounts
        cast(handovers.limbo_business_minutes as decimal(18, 2))
            as limbo_business_minutes,
        cast(handovers.limbo_clock_minutes as decimal(18, 2)) as limbo_clock_minutes,
        cast(handovers.first_touch_business_minutes as decimal(18, 2))
            as first_touch_business_minutes,
        cast(handovers.first_touch_clock_minutes as decimal(18, 2))
            as first_touch_clock_minutes,
        cast(handovers.first_touch_target_minutes as integer)
            as first_touch_target_minutes,
        cast(handovers.decision_business_minutes as decimal(18, 2))
            as decision_business_minutes,
        cast(handovers.decision_target_minutes as integer)
            as decision_target_minutes,
        cast(handovers.watched_business_minutes as decimal(18, 2))
            as watched_business_minutes,
        cast(coalesce(attempts_by_handover.attempt_count, 0) as integer)
            as attempt_count,
        cast(coalesce(handovers.transfer_count, 0) as integer) as transfer_count,

        -- flags
        handovers.is_first_touch_met,
        handovers.is_decision_met,
        handovers.is_pre_contact,
        handovers.is_out_of_hours,
        handovers.is_premature,
        handovers.has_reversal,
        handovers.is_implicit_decision,
        handovers.is_repaired,
        coalesce(rejection_reasons.is_excluded_from_rates, false)
            as is_excluded_from_rates,

        -- timestamps
        handovers.mql_at,
        handovers.assigned_at,
        handovers.first_attempt_at,
        handovers.first_touch_due_at,
        handovers.decision_due_at,
        handovers.decided_at,
        handovers.ended_at,
        {{ local_month('handovers.assigned_at') }} as assigned_month

    from handovers

    left join rejection_reasons
        on handovers.definition_version = rejection_reasons.definition_version
        and handovers.reason_code = rejection_reasons.reason_code

    left join attempts_by_handover
        on handovers.handover_id = attempts_by_handover.handover_id

)

select * from final
