with

score_points as (

    select * from {{ ref('int_score_points') }}

),

evaluations as (

    select * from {{ ref('int_score_evaluations') }}

),

final as (

    select
        -- ids
        evaluations.pass_id,
        evaluations.definition_version,
        score_points.axis,
        score_points.rule_id,

        -- amounts
        score_points.points,
        score_points.event_count,

        -- timestamps
        evaluations.evaluated_at

    from score_points

    inner join evaluations
        on score_points.evaluation_id = evaluations.evaluation_id

)

select * from final
