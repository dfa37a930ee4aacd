-- An MQL stands on a score above the line, a hand-raise, a nomination, a callback
-- that fell due or a handover that came early. A row is an MQL without its ground.
with

funnel as (

    select * from {{ ref('fct_funnel') }}

),

scores as (

    select * from {{ ref('fct_scores') }}

),

handovers as (

    select * from {{ ref('fct_handovers') }}

),

commitments as (

    select * from {{ ref('fct_commitments') }}

),

raised_hands as (

    select * from {{ ref('int_hand_raises') }}

),

mqls as (

    select
        pass_id,
        person_id,
        mql_at,
        mql_trigger

    from funnel

    where mql_at is not null

),

grounds as (

    select
        mqls.pass_id,
        mqls.mql_trigger

    from mqls

    inner join scores
        on mqls.pass_id = scores.pass_id
        and mqls.mql_at = scores.evaluated_at

    where
        scores.is_above_line
        and mqls.mql_trigger in ('score', 'definition_change', 'cooldown_end')

    union

    select
        mqls.pass_id,
        mqls.mql_trigger

    from mqls

    inner join raised_hands
        on mqls.pass_id = raised_hands.pass_id
        and mqls.mql_at = raised_hands.occurred_at
        and mqls.mql_trigger = raised_hands.trigger_kind

    union

    select
        mqls.pass_id,
        handovers.opening_event as mql_trigger

    from mqls

    inner join handovers
        on mqls.pass_id = handovers.pass_id
        and mqls.mql_at = handovers.assigned_at

    where handovers.is_premature

    union

    select
        mqls.pass_id,
        'callback_due' as mql_trigger

    from mqls

    inner join commitments
        on mqls.person_id = commitments.person_id
        and mqls.mql_at = commitments.due_at

),

mqls_without_ground as (

    select mqls.*

    from mqls

    left join grounds
        on mqls.pass_id = grounds.pass_id
        and mqls.mql_trigger = grounds.mql_trigger

    where grounds.pass_id is null

)

select * from mqls_without_ground
