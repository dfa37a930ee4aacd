-- Every entry into a stage names the record that proves it and, once there is an
-- agreement, the version that was in force. A row is an entry without one of them.
with

stage_events as (

    select * from {{ ref('fct_stage_events') }}

),

lead_definition as (

    select * from {{ ref('dim_lead_definition') }}

),

versions_in_force as (

    select
        definition_version,
        valid_from,
        valid_to

    from lead_definition

    where valid_from is not null

),

entries as (

    select
        stage_events.stage_event_id,
        stage_events.pass_id,
        stage_events.stage,
        stage_events.event,
        stage_events.occurred_at,
        stage_events.receipt_type,
        stage_events.receipt_id,
        stage_events.definition_version,
        versions_in_force.definition_version as version_in_force

    from stage_events

    left join versions_in_force
        on stage_events.occurred_at >= versions_in_force.valid_from
        and (
            versions_in_force.valid_to is null
            or stage_events.occurred_at < versions_in_force.valid_to
        )

)

select * from entries

where
    coalesce(receipt_type, '') = ''
    or coalesce(receipt_id, '') = ''
    or definition_version is distinct from version_in_force
