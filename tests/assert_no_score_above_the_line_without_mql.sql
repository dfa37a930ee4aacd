-- Where the rule of the agreement is met, the pass is an MQL from that instant at the
-- latest. A row is a score that met it and made none.
with

scores as (

    select * from {{ ref('int_scores') }}

),

funnel as (

    select * from {{ ref('fct_funnel') }}

),

missed as (

    select
        scores.pass_id,
        scores.person_id,
        scores.evaluated_at,
        scores.definition_version,
        scores.fit_points,
        scores.behaviour_points,
        scores.total_points,
        funnel.mql_at

    from scores

    inner join funnel on scores.pass_id = funnel.pass_id

    where
        scores.is_above_line
        and scores.has_response
        and scores.is_below_mql
        and not scores.is_disqualified
        and not scores.is_in_cooldown
        and (
            funnel.mql_at is null
            or scores.evaluated_at < funnel.mql_at
        )

)

select * from missed
