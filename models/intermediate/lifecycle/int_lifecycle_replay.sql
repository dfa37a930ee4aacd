with recursive

recorded_events as (

    select * from {{ ref('int_recorded_events') }}

),

recorded_replay as (

    select * from {{ ref('int_recorded_replay') }}

),

mql_events as (

    select * from {{ ref('int_mql_events') }}

),

lifecycle_events as (

    select * from {{ ref('lifecycle_events') }}

),

transitions as (

    select * from {{ ref('lifecycle_moves') }}

),

computed_events as (

    select
        {{ hash_key(['pass_id', "'computed_mql'"]) }} as event_id,
        person_id,
        case when trigger = 'nomination' then 'nominated' else 'mql_rule' end as event,
        receipt_type,
        receipt_id,
        definition_version,
        occurred_at

    from mql_events

),

-- A computed event changes what the others of its person find. Those of everyone else
-- were played already, among themselves.
people_to_replay as (

    select distinct person_id

    from computed_events

),

all_events as (

    select
        recorded_events.event_id,
        recorded_events.person_id,
        recorded_events.lead_id,
        recorded_events.owner_user_id,
        recorded_events.decided_by_user_id,
        recorded_events.opportunity_id,
        recorded_events.commitment_id,
        recorded_events.token_event_id,
        recorded_events.held_event_id,
        recorded_events.event,
        recorded_events.fallback_event,
        recorded_events.handover_effect,
        recorded_events.event_rank,
        recorded_events.receipt_type,
        recorded_events.receipt_id,
        recorded_events.reason_code,
        recorded_events.definition_version,
        recorded_events.needs_open_handover,
        recorded_events.needs_current_opportunity,
        recorded_events.occurred_at

    from recorded_events

    inner join people_to_replay
        on recorded_events.person_id = people_to_replay.person_id

    -- Those that count come back as computed events.
    where recorded_events.event <> 'nominated'

    union all

    select
        computed_events.event_id,
        computed_events.person_id,
        null as lead_id,
        null as owner_user_id,
        null as decided_by_user_id,
        null as opportunity_id,
        null as commitment_id,
        null as token_event_id,
        null as held_event_id,
        computed_events.event,
        lifecycle_events.otherwise_plays_as as fallback_event,
        lifecycle_events.handover_effect,
        lifecycle_events.event_rank,
        computed_events.receipt_type,
        computed_events.receipt_id,
        null as reason_code,
        computed_events.definition_version,
        lifecycle_events.needs_open_handover,
        lifecycle_events.needs_current_opportunity,
        computed_events.occurred_at

    from computed_events

    inner join lifecycle_events
        on computed_events.definition_version = lifecycle_events.definition_version
        and computed_events.event = lifecycle_events.event

),

events_in_order as (

    select
        *,
        row_number() over (
            partition by person_id
            order by occurred_at nulls last, event_rank, receipt_id, event_id
        ) as event_number

    from all_events

),

{{ replay_lifecycle('events_in_order', 'transitions') }},

final as (

    select
        -- ids
        replayed.person_id,
        replayed.event_id,
        {{ hash_key(['replayed.person_id', 'replayed.pass_number']) }} as pass_id,
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

    union all

    select
        recorded_replay.person_id,
        recorded_replay.event_id,
        {{ hash_key(['recorded_replay.person_id', 'recorded_replay.pass_number']) }}
            as pass_id,
        recorded_replay.handover_id,
        recorded_replay.ended_handover_id,
        recorded_replay.opportunity_id,
        recorded_replay.lead_id,
        recorded_replay.owner_user_id,
        recorded_replay.decided_by_user_id,
        recorded_replay.commitment_id,
        recorded_replay.held_event_id,
        recorded_replay.event_number,
        recorded_replay.previous_pass_number,
        recorded_replay.pass_number,
        recorded_replay.closed_pass_number,
        recorded_replay.closes_pass_as,
        recorded_replay.event,
        recorded_replay.played_event,
        recorded_replay.previous_stage,
        recorded_replay.stage,
        recorded_replay.handover_effect,
        recorded_replay.reason_code,
        recorded_replay.receipt_type,
        recorded_replay.receipt_id,
        recorded_replay.definition_version,
        recorded_replay.is_played,
        recorded_replay.needs_open_handover,
        recorded_replay.occurred_at

    from recorded_replay

    left join people_to_replay
        on recorded_replay.person_id = people_to_replay.person_id

    where people_to_replay.person_id is null

)

select * from final
