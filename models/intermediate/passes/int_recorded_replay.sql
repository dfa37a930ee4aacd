with recursive

recorded_events as (

    select * from {{ ref('int_recorded_events') }}

),

transitions as (

    select * from {{ ref('lifecycle_moves') }}

),

events_in_order as (

    select
        *,
        row_number() over (
            partition by person_id
            order by occurred_at nulls last, event_rank, receipt_id, event_id
        ) as event_number

    from recorded_events

    -- Whether a nomination counts is for the fit to say; it changes no opening or end.
    where event <> 'nominated'

),

{{ replay_lifecycle('events_in_order', 'transitions') }},

final as (

    select
        -- ids
        replayed.person_id,
        replayed.event_id,
        replayed.handover_id,
        replayed.ended_handover_id,
        replayed.opportunity_id,
        events_in_order.lead_id,
        events_in_order.owner_user_id,
        events_in_order.decided_by_user_id,
        events_in_order.commitment_id,
        events_in_order.held_event_id,

        -- attributes
        replayed.event_number,
        replayed.previous_pass_number,
        replayed.pass_number,
        replayed.closed_pass_number,
        replayed.closes_pass_as,
        events_in_order.event,
        replayed.played_event,
        replayed.previous_stage,
        replayed.stage,
        events_in_order.handover_effect,
        events_in_order.reason_code,
        events_in_order.receipt_type,
        events_in_order.receipt_id,
        events_in_order.definition_version,

        -- flags
        replayed.is_played,
        events_in_order.needs_open_handover,

        -- timestamps
        events_in_order.occurred_at

    from replayed

    inner join events_in_order on replayed.event_id = events_in_order.event_id

)

select * from final
