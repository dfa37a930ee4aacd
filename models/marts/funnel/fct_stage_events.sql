with

stage_events as (

    select * from {{ ref('int_stage_events') }}

),

final as (

    select
        -- ids
        stage_event_id,
        pass_id,
        person_id,

        -- attributes
        cast(event_number as integer) as event_number,
        stage,
        previous_stage,
        event,
        receipt_type,
        receipt_id,
        definition_version,

        -- flags
        is_repaired,

        -- timestamps
        occurred_at,
        {{ local_date('occurred_at') }} as occurred_date

    from stage_events

)

select * from final
