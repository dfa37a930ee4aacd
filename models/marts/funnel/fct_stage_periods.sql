with

stage_periods as (

    select * from {{ ref('int_stage_periods') }}

),

final as (

    select
        -- ids
        stage_event_id,
        pass_id,
        person_id,

        -- attributes
        stage,

        -- amounts
        cast(duration_days as decimal(18, 6)) as duration_days,

        -- timestamps
        valid_from,
        valid_to

    from stage_periods

)

select * from final
