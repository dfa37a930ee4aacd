with

replay as (

    select * from {{ ref('int_lifecycle_replay') }}

),

definition_versions as (

    select * from {{ ref('versions_in_force') }}

),

-- A move that stays in its stage (a second owner, a promise) enters nothing.
entries as (

    select * from replay

    where
        is_played
        and (stage <> previous_stage or pass_number <> previous_pass_number)

),

final as (

    select
        -- ids
        entries.event_id as stage_event_id,
        entries.pass_id,
        entries.person_id,

        -- attributes
        entries.pass_number,
        entries.event_number,
        entries.stage,
        nullif(entries.previous_stage, '') as previous_stage,
        entries.played_event as event,
        entries.receipt_type,
        entries.receipt_id,
        definition_versions.definition_version,

        -- flags
        entries.held_event_id is not null as is_repaired,

        -- timestamps
        entries.occurred_at

    from entries

    -- Nothing was agreed before the first version.
    left join definition_versions
        on entries.definition_version = definition_versions.definition_version
        and entries.occurred_at >= definition_versions.valid_from

)

select * from final
