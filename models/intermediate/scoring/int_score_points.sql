with

evaluations as (

    select * from {{ ref('int_score_evaluations') }}

),

behaviour_points as (

    select * from {{ ref('int_behaviour_points') }}

),

person_attributes as (

    select * from {{ ref('int_person_attributes') }}

),

fit_points as (

    select * from {{ ref('int_fit_points') }}

),

behaviour_groups as (

    select * from {{ ref('behaviour_groups') }}

),

settings as (

    select * from {{ ref('int_scoring_settings') }}

),

evaluations_with_settings as (

    select
        evaluations.evaluation_id,
        evaluations.person_id,
        evaluations.definition_version,
        evaluations.evaluated_at,
        settings.fit_floor,
        settings.fit_ceiling,
        settings.behaviour_floor,
        settings.behaviour_ceiling

    from evaluations

    inner join settings
        on evaluations.definition_version = settings.definition_version

    where not evaluations.has_profiling_objection

),

people as (

    select distinct person_id from evaluations_with_settings

),

signals as (

    select distinct signal from fit_points

),

people_with_signals as (

    select
        people.person_id,
        signals.signal

    from people

    cross join signals

),

-- A signal of which nothing was ever seen is missing for all time.
attributes_and_gaps as (

    select
        people_with_signals.person_id,
        people_with_signals.signal,
        lower(trim(person_attributes.value)) as value,
        coalesce(
            person_attributes.valid_from, {{ start_of_time() }}
        ) as valid_from,
        person_attributes.valid_to

    from people_with_signals

    left join person_attributes
        on people_with_signals.person_id = person_attributes.person_id
        and people_with_signals.signal = person_attributes.signal

),

values_at_evaluations as (

    select
        evaluations_with_settings.evaluation_id,
        evaluations_with_settings.definition_version,
        attributes_and_gaps.signal,
        attributes_and_gaps.value

    from evaluations_with_settings

    inner join attributes_and_gaps
        on evaluations_with_settings.person_id = attributes_and_gaps.person_id
        and evaluations_with_settings.evaluated_at >= attributes_and_gaps.valid_from

    where
        attributes_and_gaps.valid_to is null
        or evaluations_with_settings.evaluated_at < attributes_and_gaps.valid_to

),

fit_rule_points as (

    select
        values_at_evaluations.evaluation_id,
        fit_points.rule_id,
        fit_points.points

    from values_at_evaluations

    inner join fit_points
        on values_at_evaluations.definition_version = fit_points.definition_version
        and values_at_evaluations.signal = fit_points.signal
        and values_at_evaluations.value is not distinct from fit_points.value

),

fit_sums as (

    select
        evaluation_id,
        {{ as_points('sum(points)') }} as points

    from fit_rule_points

    group by evaluation_id

),

-- What a clamp or a cap takes away, or adds, stands in the ledger as a row of its own.
fit_clamps as (

    select
        evaluations_with_settings.evaluation_id,
        'fit' as axis,
        'fit_clamp' as rule_id,
        {{ as_points(
            clamp(
                'coalesce(fit_sums.points, 0)',
                'evaluations_with_settings.fit_floor',
                'evaluations_with_settings.fit_ceiling'
            ) ~ ' - coalesce(fit_sums.points, 0)'
        ) }} as points,
        cast(null as bigint) as event_count

    from evaluations_with_settings

    left join fit_sums
        on evaluations_with_settings.evaluation_id = fit_sums.evaluation_id

),

group_sums as (

    select
        evaluation_id,
        definition_version,
        rule_group,
        {{ as_points('sum(points)') }} as points

    from behaviour_points

    group by evaluation_id, definition_version, rule_group

),

-- A group without a cap, such as the penalties, counts in full.
capped_groups as (

    select
        group_sums.evaluation_id,
        group_sums.rule_group,
        group_sums.points as uncapped_points,
        case
            when behaviour_groups.cap_points is null then group_sums.points
            else
                least(
                    group_sums.points,
                    {{ as_points('behaviour_groups.cap_points') }}
                )
        end as points

    from group_sums

    left join behaviour_groups
        on group_sums.definition_version = behaviour_groups.definition_version
        and group_sums.rule_group = behaviour_groups.rule_group

),

group_caps as (

    select
        evaluation_id,
        'behaviour' as axis,
        rule_group || '_cap' as rule_id,
        {{ as_points('points - uncapped_points') }} as points,
        cast(null as bigint) as event_count

    from capped_groups

),

behaviour_sums as (

    select
        evaluation_id,
        {{ as_points('sum(points)') }} as points

    from capped_groups

    group by evaluation_id

),

behaviour_clamps as (

    select
        evaluations_with_settings.evaluation_id,
        'behaviour' as axis,
        'behaviour_clamp' as rule_id,
        {{ as_points(
            clamp(
                'coalesce(behaviour_sums.points, 0)',
                'evaluations_with_settings.behaviour_floor',
                'evaluations_with_settings.behaviour_ceiling'
            ) ~ ' - coalesce(behaviour_sums.points, 0)'
        ) }} as points,
        cast(null as bigint) as event_count

    from evaluations_with_settings

    left join behaviour_sums
        on evaluations_with_settings.evaluation_id = behaviour_sums.evaluation_id

),

adjustments as (

    select * from fit_clamps

    union all

    select * from group_caps

    union all

    select * from behaviour_clamps

),

ledger as (

    select
        evaluation_id,
        'fit' as axis,
        rule_id,
        points,
        cast(null as bigint) as event_count

    from fit_rule_points

    union all

    select
        evaluation_id,
        'behaviour' as axis,
        rule_id,
        points,
        event_count

    from behaviour_points

    union all

    select * from adjustments

    where points <> 0

),

final as (

    select
        -- ids
        evaluation_id,
        axis,
        rule_id,

        -- amounts
        points,
        event_count

    from ledger

)

select * from final
