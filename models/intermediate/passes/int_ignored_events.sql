with

replay as (

    select * from {{ ref('int_recorded_replay') }}

),

funnel_stages as (

    select * from {{ ref('funnel_stages') }}

),

moves as (

    select * from {{ ref('lifecycle_moves') }}

),

repaired as (

    select distinct held_event_id

    from replay

    where is_played and held_event_id is not null

),

-- The stage that a decision leaves: beyond it, another decision is only a repetition.
decided_stages as (

    select distinct
        moves.definition_version,
        funnel_stages.stage_rank

    from moves

    inner join funnel_stages
        on moves.definition_version = funnel_stages.definition_version
        and moves.from_stage = funnel_stages.stage

    where moves.event = 'accepted'

),

-- Expiries are candidates, and a repaired acceptance is a second try: that they do
-- not play is no finding.
ignored as (

    select
        replay.event_id,
        replay.person_id,
        replay.lead_id,
        replay.event,
        replay.previous_stage,
        replay.handover_effect,
        replay.receipt_type,
        replay.receipt_id,
        replay.occurred_at,
        replay.needs_open_handover
        and coalesce(funnel_stages.stage_rank <= decided_stages.stage_rank, false)
            as lacks_handover

    from replay

    left join funnel_stages
        on replay.definition_version = funnel_stages.definition_version
        and replay.previous_stage = funnel_stages.stage

    inner join decided_stages
        on replay.definition_version = decided_stages.definition_version

    left join repaired on replay.event_id = repaired.held_event_id

    where
        not replay.is_played
        and replay.held_event_id is null
        and replay.handover_effect <> 'expires'
        and repaired.held_event_id is null

),

final as (

    select
        event_id,
        person_id,
        lead_id,
        event,
        previous_stage as stage,
        handover_effect,
        case
            when lacks_handover and handover_effect = 'accepts'
                then 'accepted_without_handover'
            when lacks_handover then 'decision_without_handover'
            else 'no_such_move'
        end as reason,
        receipt_type,
        receipt_id,
        occurred_at

    from ignored

)

select * from final
