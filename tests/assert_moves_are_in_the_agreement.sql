-- Nobody moves from one stage to another by an event that the agreement does not
-- have for it. A row is an entry that no row of `stage_transitions` allows.
with

stage_events as (

    select * from {{ ref('fct_stage_events') }}

),

stage_transitions as (

    select * from {{ ref('stage_transitions') }}

),

version_settings as (

    select * from {{ ref('version_settings') }}

),

moves as (

    select
        stage_events.stage_event_id,
        stage_events.pass_id,
        stage_events.person_id,
        stage_events.previous_stage,
        stage_events.event,
        stage_events.stage,
        stage_events.occurred_at,
        version_settings.definition_version

    from stage_events

    inner join version_settings
        on stage_events.occurred_at >= version_settings.applies_from
        and stage_events.occurred_at < version_settings.applies_to

),

moves_outside as (

    select moves.*

    from moves

    left join stage_transitions
        on moves.definition_version = stage_transitions.definition_version
        and coalesce(moves.previous_stage, '')
        = coalesce(stage_transitions.from_stage, '')
        and moves.event = stage_transitions.event
        and moves.stage = stage_transitions.to_stage

    where stage_transitions.event is null

)

select * from moves_outside
