with

evaluations as (

    select * from {{ ref('int_score_evaluations') }}

),

passes as (

    select * from {{ ref('int_passes') }}

),

score_points as (

    select * from {{ ref('int_score_points') }}

),

settings as (

    select * from {{ ref('int_scoring_settings') }}

),

grade_bands as (

    select * from {{ ref('int_score_grade_bands') }}

),

disqualifications as (

    select * from {{ ref('int_disqualifications') }}

),

cooldowns as (

    select * from {{ ref('int_cooldowns') }}

),

sums_of_axes as (

    select
        evaluation_id,
        {{ as_points("sum(case when axis = 'fit' then points else 0 end)") }}
            as fit_points,
        {{ as_points("sum(case when axis = 'behaviour' then points else 0 end)") }}
            as behaviour_points

    from score_points

    where points <> 0

    group by evaluation_id

),

disqualified_evaluations as (

    select distinct evaluations.evaluation_id

    from evaluations

    inner join disqualifications
        on evaluations.person_id = disqualifications.person_id
        and evaluations.evaluated_at >= disqualifications.valid_from

    where
        disqualifications.valid_to is null
        or evaluations.evaluated_at < disqualifications.valid_to

),

cooled_evaluations as (

    select distinct evaluations.evaluation_id

    from evaluations

    inner join cooldowns
        on evaluations.person_id = cooldowns.person_id
        and evaluations.definition_version = cooldowns.definition_version
        and evaluations.evaluated_at >= cooldowns.valid_from

    where evaluations.evaluated_at < cooldowns.valid_to

),

-- After an objection to profiling there is no score, not a score of zero.
scored as (

    select
        evaluations.*,
        case
            when not evaluations.has_profiling_objection
                then coalesce(sums_of_axes.fit_points, 0)
        end as fit_points,
        case
            when not evaluations.has_profiling_objection
                then coalesce(sums_of_axes.behaviour_points, 0)
        end as behaviour_points

    from evaluations

    left join sums_of_axes
        on evaluations.evaluation_id = sums_of_axes.evaluation_id

),

final as (

    select
        -- ids
        scored.evaluation_id,
        scored.pass_id,
        scored.person_id,
        scored.definition_version,

        -- attributes
        fit_bands.grade as fit_grade,
        behaviour_bands.grade as behaviour_grade,
        concat_ws(
            ', ',
            case when scored.is_opening then 'opening' end,
            case when scored.is_behaviour_event then 'behaviour_event' end,
            case when scored.is_response then 'response' end,
            case when scored.is_hand_raise then 'hand_raise' end,
            case when scored.is_nomination then 'nomination' end,
            case when scored.is_fit_change then 'fit_change' end,
            case when scored.is_version_start then 'version_start' end,
            case when scored.is_cooldown_end then 'cooldown_end' end
        ) as evaluation_kinds,

        -- amounts
        {{ as_points('scored.fit_points') }} as fit_points,
        {{ as_points('scored.behaviour_points') }} as behaviour_points,
        {{ as_points('scored.fit_points + scored.behaviour_points') }} as total_points,

        -- flags
        scored.fit_points >= settings.fit_gate
        and scored.behaviour_points >= settings.behaviour_gate
        and scored.fit_points + scored.behaviour_points >= settings.total_line
            as is_above_line,
        disqualified_evaluations.evaluation_id is not null as is_disqualified,
        cooled_evaluations.evaluation_id is not null as is_in_cooldown,
        scored.has_profiling_objection,
        -- Below the MQL: until the recorded events take the pass past it.
        passes.recorded_until is null
        or scored.evaluated_at <= passes.recorded_until as is_below_mql,
        coalesce(passes.inquiry_at <= scored.evaluated_at, false) as has_response,
        scored.is_opening,
        scored.is_behaviour_event,
        scored.is_response,
        scored.is_hand_raise,
        scored.is_nomination,
        scored.is_fit_change,
        scored.is_version_start,
        scored.is_cooldown_end,

        -- timestamps
        scored.evaluated_at

    from scored

    inner join passes on scored.pass_id = passes.pass_id

    inner join settings on scored.definition_version = settings.definition_version

    left join disqualified_evaluations
        on scored.evaluation_id = disqualified_evaluations.evaluation_id

    left join cooled_evaluations
        on scored.evaluation_id = cooled_evaluations.evaluation_id

    left join grade_bands as fit_bands
        on scored.definition_version = fit_bands.definition_version
        and fit_bands.axis = 'fit'
        and {{ is_in_band(
            'scored.fit_points', 'fit_bands.lower_points', 'fit_bands.upper_points'
        ) }}

    left join grade_bands as behaviour_bands
        on scored.definition_version = behaviour_bands.definition_version
        and behaviour_bands.axis = 'behaviour'
        and {{ is_in_band(
            'scored.behaviour_points',
            'behaviour_bands.lower_points',
            'behaviour_bands.upper_points'
        ) }}

)

select * from final
