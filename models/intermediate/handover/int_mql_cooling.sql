with

mql_events as (

    select * from {{ ref('int_mql_events') }}

),

handovers as (

    select * from {{ ref('int_handovers') }}

),

counted_events as (

    select * from {{ ref('int_behaviour_events_counted') }}

),

behaviour_groups as (

    select * from {{ ref('behaviour_groups') }}

),

scores as (

    select * from {{ ref('int_scores') }}

),

settings as (

    select * from {{ ref('int_scoring_settings') }}

),

-- Only a score can cool: who asked for contact has asked.
decided_mqls as (

    select
        mql_events.pass_id,
        mql_events.definition_version,
        handovers.decided_at

    from mql_events

    inner join handovers
        on mql_events.pass_id = handovers.pass_id
        and handovers.handover_number = 1

    where
        mql_events.receipt_type = 'score'
        and handovers.decided_at is not null

),

points_of_rules as (

    select
        decided_mqls.pass_id,
        decided_mqls.definition_version,
        counted_events.rule_id,
        counted_events.rule_group,
        {{ as_points(
            'sum('
            ~ decayed_points(
                'counted_events.points',
                seconds_between(
                    'counted_events.occurred_at', 'decided_mqls.decided_at'
                ),
                'counted_events.half_life_days'
            )
            ~ ')'
        ) }} as points

    from decided_mqls

    inner join counted_events
        on decided_mqls.pass_id = counted_events.pass_id
        and decided_mqls.definition_version = counted_events.definition_version
        and decided_mqls.decided_at >= counted_events.occurred_at

    group by
        decided_mqls.pass_id,
        decided_mqls.definition_version,
        counted_events.rule_id,
        counted_events.rule_group

),

points_of_groups as (

    select
        points_of_rules.pass_id,
        points_of_rules.rule_group,
        case
            when sum(points_of_rules.points) > max(behaviour_groups.cap_points)
                then {{ as_points('max(behaviour_groups.cap_points)') }}
            else {{ as_points('sum(points_of_rules.points)') }}
        end as points

    from points_of_rules

    inner join behaviour_groups
        on points_of_rules.definition_version = behaviour_groups.definition_version
        and points_of_rules.rule_group = behaviour_groups.rule_group

    group by points_of_rules.pass_id, points_of_rules.rule_group

),

behaviour_at_decision as (

    select
        pass_id,
        sum(points) as points

    from points_of_groups

    group by pass_id

),

scores_in_order as (

    select
        decided_mqls.pass_id,
        scores.fit_points,
        row_number() over (
            partition by decided_mqls.pass_id
            order by
                scores.evaluated_at desc nulls last,
                scores.evaluation_id asc nulls last
        ) as score_number

    from decided_mqls

    inner join scores
        on decided_mqls.pass_id = scores.pass_id
        and decided_mqls.decided_at >= scores.evaluated_at

),

scores_at_decision as (

    select
        decided_mqls.pass_id,
        decided_mqls.definition_version,
        decided_mqls.decided_at,
        scores_in_order.fit_points,
        {{ clamp(
            'coalesce(behaviour_at_decision.points, 0)',
            'settings.behaviour_floor',
            'settings.behaviour_ceiling'
        ) }} as behaviour_points,
        settings.fit_gate,
        settings.behaviour_gate,
        settings.total_line

    from decided_mqls

    inner join settings
        on decided_mqls.definition_version = settings.definition_version

    left join scores_in_order
        on decided_mqls.pass_id = scores_in_order.pass_id
        and scores_in_order.score_number = 1

    left join behaviour_at_decision
        on decided_mqls.pass_id = behaviour_at_decision.pass_id

),

final as (

    select
        -- ids
        pass_id,
        definition_version,

        -- amounts
        fit_points,
        {{ as_points('behaviour_points') }} as behaviour_points,

        -- flags
        fit_points < fit_gate
        or behaviour_points < behaviour_gate
        or fit_points + behaviour_points < total_line as is_cooled,

        -- timestamps
        decided_at

    from scores_at_decision

)

select * from final
