with

evaluations as (

    select * from {{ ref('int_score_evaluations') }}

),

counted_events as (

    select * from {{ ref('int_behaviour_events_counted') }}

),

-- Each event has its own age at each later evaluation of its pass, and of no other.
points_of_events as (

    select
        evaluations.evaluation_id,
        evaluations.definition_version,
        counted_events.rule_id,
        counted_events.rule_group,
        {{ decayed_points(
            'counted_events.points',
            seconds_between('counted_events.occurred_at', 'evaluations.evaluated_at'),
            'counted_events.half_life_days'
        ) }} as points

    from evaluations

    inner join counted_events
        on evaluations.pass_id = counted_events.pass_id
        and evaluations.definition_version = counted_events.definition_version
        and evaluations.evaluated_at >= counted_events.occurred_at

    where not evaluations.has_profiling_objection

),

points_of_rules as (

    select
        evaluation_id,
        definition_version,
        rule_id,
        rule_group,
        sum(points) as unrounded_points,
        count(*) as event_count

    from points_of_events

    group by evaluation_id, definition_version, rule_id, rule_group

),

final as (

    select
        -- ids
        evaluation_id,
        definition_version,
        rule_id,

        -- attributes
        rule_group,

        -- amounts
        {{ as_points('unrounded_points') }} as points,
        event_count

    from points_of_rules

    where {{ is_worth_points('unrounded_points') }}

)

select * from final
