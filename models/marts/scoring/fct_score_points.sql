with

score_points as (

    select * from {{ ref('int_score_points') }}

),

final as (

    select
        -- ids
        pass_id,
        definition_version,
        axis,
        rule_id,

        -- amounts
        points,
        event_count,

        -- timestamps
        evaluated_at

    from score_points

)

select * from final
