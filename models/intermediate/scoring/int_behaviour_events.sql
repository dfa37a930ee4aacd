with

passes as (

    select * from {{ ref('int_passes') }}

),

interactions as (

    select * from {{ ref('int_interactions') }}

),

versions_in_force as (

    select * from {{ ref('versions_in_force') }}

),

behaviour_rules as (

    select * from {{ ref('behaviour_rules') }}

),

rules_in_force as (

    select
        behaviour_rules.definition_version,
        behaviour_rules.rule_id,
        behaviour_rules.rule_group,
        behaviour_rules.event_type,
        coalesce(behaviour_rules.event_detail, '') as event_detail,
        {{ as_points('behaviour_rules.points') }} as points,
        cast(behaviour_rules.half_life_days as double) as half_life_days,
        versions_in_force.valid_from,
        versions_in_force.valid_to

    from behaviour_rules

    inner join versions_in_force
        on behaviour_rules.definition_version
        = versions_in_force.definition_version

),

interactions_with_points as (

    select
        interactions.interaction_id,
        interactions.person_id,
        interactions.occurred_at,
        rules_in_force.definition_version,
        rules_in_force.rule_id,
        rules_in_force.rule_group,
        rules_in_force.points,
        rules_in_force.half_life_days,
        rules_in_force.valid_from,
        rules_in_force.valid_to

    from interactions

    inner join rules_in_force
        on interactions.event_type = rules_in_force.event_type
        and coalesce(interactions.event_detail, '') = rules_in_force.event_detail

),

-- What somebody did before becoming known counts for the first pass; a later pass
-- starts with what happens in it. A version that was never in force during a pass
-- judges none of its events.
events_of_passes as (

    select
        passes.pass_id,
        passes.person_id,
        interactions_with_points.interaction_id,
        interactions_with_points.definition_version,
        interactions_with_points.rule_id,
        interactions_with_points.rule_group,
        interactions_with_points.points,
        interactions_with_points.half_life_days,
        interactions_with_points.occurred_at

    from passes

    inner join interactions_with_points
        on passes.person_id = interactions_with_points.person_id

    where
        (
            passes.pass_number = 1
            or interactions_with_points.occurred_at >= passes.opened_at
        )
        and (
            passes.closed_at is null
            or interactions_with_points.occurred_at < passes.closed_at
        )
        and (
            passes.closed_at is null
            or interactions_with_points.valid_from < passes.closed_at
        )
        and (
            interactions_with_points.valid_to is null
            or interactions_with_points.valid_to > passes.opened_at
        )

),

final as (

    select
        -- ids
        pass_id,
        person_id,
        interaction_id,
        definition_version,
        rule_id,

        -- attributes
        rule_group,
        points,
        half_life_days,
        row_number() over (
            partition by pass_id, definition_version, rule_id
            order by occurred_at nulls last, interaction_id nulls last
        ) as event_number,
        count(*) over (
            partition by pass_id, definition_version, rule_id
        ) as event_count,

        -- timestamps
        occurred_at,
        {{ local_date('occurred_at') }} as occurred_date

    from events_of_passes

)

select * from final
