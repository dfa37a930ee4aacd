with

stage_events as (

    select * from {{ ref('int_stage_events') }}

),

with_next as (

    select
        stage_event_id,
        pass_id,
        person_id,
        stage,
        occurred_at as valid_from,
        lead(occurred_at) over (
            partition by person_id
            order by event_number
        ) as valid_to

    from stage_events

),

-- Stages that were passed through within a second stay in the events only.
final as (

    select
        stage_event_id,
        pass_id,
        person_id,
        stage,
        valid_from,
        valid_to,
        cast(
            {{ seconds_between('valid_from', 'valid_to') }} / 86400.0 as decimal(18, 6)
        ) as duration_days

    from with_next

    where valid_to is null or valid_to > valid_from

)

select * from final
