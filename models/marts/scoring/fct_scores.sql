with

scores as (

    select * from {{ ref('int_scores') }}

),

mql_events as (

    select * from {{ ref('int_mql_events') }}

),

final as (

    select
        -- ids
        scores.pass_id,
        scores.person_id,
        scores.definition_version,

        -- attributes
        scores.fit_grade,
        scores.behaviour_grade,
        scores.evaluation_kinds,

        -- amounts
        scores.fit_points,
        scores.behaviour_points,
        scores.total_points,

        -- flags
        scores.is_above_line,
        mql_events.pass_id is not null as is_mql,

        -- timestamps
        scores.evaluated_at

    from scores

    left join mql_events
        on scores.pass_id = mql_events.pass_id
        and scores.evaluated_at = mql_events.occurred_at

)

select * from final
