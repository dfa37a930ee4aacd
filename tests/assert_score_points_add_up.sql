-- The ledger explains the score to the last decimal. A row here is an evaluation of
-- which the rules, caps and bounds of an axis do not add up to its points, or a ledger
-- without a score.
with

scores as (

    select * from {{ ref('fct_scores') }}

),

score_points as (

    select * from {{ ref('fct_score_points') }}

),

ledger_sums as (

    select
        pass_id,
        evaluated_at,
        sum(case when axis = 'fit' then points else 0 end) as ledger_fit_points,
        sum(case when axis = 'behaviour' then points else 0 end)
            as ledger_behaviour_points

    from score_points

    group by pass_id, evaluated_at

),

compared as (

    select
        coalesce(scores.pass_id, ledger_sums.pass_id) as pass_id,
        coalesce(scores.evaluated_at, ledger_sums.evaluated_at) as evaluated_at,
        scores.fit_points,
        ledger_sums.ledger_fit_points,
        scores.behaviour_points,
        ledger_sums.ledger_behaviour_points

    from scores

    full outer join ledger_sums
        on scores.pass_id = ledger_sums.pass_id
        and scores.evaluated_at = ledger_sums.evaluated_at

)

select * from compared

where
    fit_points is distinct from ledger_fit_points
    or behaviour_points is distinct from ledger_behaviour_points
