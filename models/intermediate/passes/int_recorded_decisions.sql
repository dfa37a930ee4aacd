with

replay as (

    select * from {{ ref('int_recorded_replay') }}

),

final as (

    select
        event_id,
        case
            when closed_pass_number is not null
                then {{ hash_key(['person_id', 'closed_pass_number']) }}
            else pass_id
        end as pass_id,
        person_id,
        played_event,
        reason_code,
        definition_version,
        occurred_at

    from replay

    where is_played and handover_effect = 'rejects'

)

select * from final
