with

replay as (

    select * from {{ ref('int_recorded_replay') }}

),

final as (

    select
        event_id,
        {{ hash_key(['person_id', 'coalesce(closed_pass_number, pass_number)']) }}
            as pass_id,
        person_id,
        played_event,
        reason_code,
        definition_version,
        occurred_at

    from replay

    where is_played and handover_effect = 'rejects'

)

select * from final
