with

replay as (

    select * from {{ ref('int_lifecycle_replay') }}

),

-- The replay names an open handover by the event that opened it.
openings as (

    select * from replay

    where is_played and handover_id = event_id

),

endings as (

    select * from replay

    where ended_handover_id is not null

),

transfers as (

    select
        handover_id,
        count(*) as transfer_count

    from replay

    where
        handover_id is not null
        and handover_id <> event_id
        and not is_played
        and owner_user_id is not null

    group by handover_id

),

final as (

    select
        -- ids
        openings.event_id as handover_id,
        openings.person_id,
        openings.pass_id,
        openings.lead_id,
        openings.commitment_id,

        -- attributes
        openings.event_number,
        openings.played_event as opening_event,
        openings.receipt_type,
        openings.receipt_id,
        openings.definition_version,
        case endings.handover_effect
            when 'accepts' then 'accepted'
            when 'rejects' then 'rejected'
            when 'expires' then 'expired'
        end as decision,
        case when endings.handover_effect = 'rejects' then endings.reason_code end
            as reason_code,
        endings.decided_by_user_id,
        endings.event_number as ending_event_number,
        coalesce(transfers.transfer_count, 0) as transfer_count,

        -- flags
        endings.handover_effect = 'accepts' and not endings.needs_open_handover
            as is_implicit_decision,
        endings.held_event_id is not null as is_repaired,

        -- timestamps
        openings.occurred_at as assigned_at,
        case
            when endings.handover_effect in ('accepts', 'rejects', 'expires')
                then endings.occurred_at
        end as decided_at,
        endings.occurred_at as ended_at

    from openings

    left join endings on openings.event_id = endings.ended_handover_id

    left join transfers on openings.event_id = transfers.handover_id

)

select * from final
