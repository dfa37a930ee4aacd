with

scores as (

    select * from {{ ref('int_scores') }}

),

hand_raises as (

    select * from {{ ref('int_hand_raises') }}

),

eligible_scores as (

    select * from scores

    where
        is_below_mql
        and not is_disqualified

),

-- Between two instants of these kinds a score cannot rise, so no other can be the first
-- above the line; a hand-raise or a nomination alone gives no points.
score_triggers as (

    select
        pass_id,
        evaluated_at,
        case
            when is_opening or is_behaviour_event or is_response or is_fit_change
                then 'score'
            when is_version_start and is_cooldown_end then 'score'
            when is_version_start then 'definition_change'
            when is_cooldown_end then 'cooldown_end'
        end as trigger,
        -- Nobody asked for contact: the tier of every handover without a promise.
        'warm' as tier,
        'score' as receipt_type,
        evaluation_id as receipt_id,
        3 as trigger_rank

    from eligible_scores

    where
        is_above_line
        and has_response
        and not is_in_cooldown
        and (
            is_opening
            or is_behaviour_event
            or is_response
            or is_fit_change
            or is_version_start
            or is_cooldown_end
        )

),

-- A hand-raise is a response itself and needs no other one; a nomination is sales' own
-- and needs none. Who objected to profiling has no fit that could be too low.
asked_triggers as (

    select
        eligible_scores.pass_id,
        eligible_scores.evaluated_at,
        hand_raises.trigger_kind as trigger,
        hand_raises.tier,
        hand_raises.receipt_type,
        hand_raises.receipt_id,
        case when hand_raises.trigger_kind = 'hand_raise' then 1 else 2 end
            as trigger_rank

    from eligible_scores

    inner join hand_raises
        on eligible_scores.pass_id = hand_raises.pass_id
        and eligible_scores.evaluated_at = hand_raises.occurred_at

    where
        (
            eligible_scores.has_profiling_objection
            or eligible_scores.fit_points >= hand_raises.fit_min
        )
        and (
            hand_raises.trigger_kind = 'nomination'
            or eligible_scores.has_response
        )

),

triggers as (

    select * from score_triggers

    union all

    select * from asked_triggers

),

triggers_in_order as (

    select
        *,
        row_number() over (
            partition by pass_id
            order by
                evaluated_at nulls last,
                trigger_rank nulls last,
                receipt_type nulls last,
                receipt_id nulls last
        ) as trigger_number

    from triggers

),

final as (

    select
        -- ids
        scores.pass_id,
        scores.person_id,
        scores.definition_version,

        -- attributes
        triggers_in_order.trigger,
        triggers_in_order.tier,
        triggers_in_order.receipt_type,
        triggers_in_order.receipt_id,
        scores.fit_grade,

        -- amounts
        scores.fit_points,
        scores.behaviour_points,
        scores.total_points,

        -- timestamps
        scores.evaluated_at as occurred_at

    from triggers_in_order

    inner join scores
        on triggers_in_order.pass_id = scores.pass_id
        and triggers_in_order.evaluated_at = scores.evaluated_at

    where triggers_in_order.trigger_number = 1

)

select * from final
