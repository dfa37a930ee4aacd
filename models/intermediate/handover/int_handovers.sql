with

handovers_to_sales as (

    select * from {{ ref('int_handover_clocks') }}

),

replay as (

    select * from {{ ref('int_lifecycle_replay') }}

),

funnel_stages as (

    select * from {{ ref('funnel_stages') }}

),

with_handover_before as (

    select
        *,
        lag(handover_id) over (
            partition by person_id
            order by event_number
        ) as handover_id_before,
        lag(pass_id) over (
            partition by person_id
            order by event_number
        ) as pass_id_before

    from replay

),

with_teams as (

    select
        with_handover_before.*,
        case
            when with_handover_before.handover_id_before is not null
                then stages_before.owner_team_when_assigned
            else stages_before.owner_team
        end as team_before,
        case
            when with_handover_before.handover_id is not null
                then stages_after.owner_team_when_assigned
            else stages_after.owner_team
        end as team_after

    from with_handover_before

    inner join funnel_stages as stages_before
        on with_handover_before.definition_version = stages_before.definition_version
        and with_handover_before.previous_stage = stages_before.stage

    inner join funnel_stages as stages_after
        on with_handover_before.definition_version = stages_after.definition_version
        and with_handover_before.stage = stages_after.stage

    where with_handover_before.is_played

),

-- The team that handovers go to, and come back from.
receiving_teams as (

    select distinct
        definition_version,
        owner_team_when_assigned as team

    from funnel_stages

    where owner_team_when_assigned <> owner_team

),

-- The way back needs no decision and has no clock: it happens with its event.
returns as (

    select
        with_teams.event_id as handover_id,
        with_teams.pass_id_before as pass_id,
        with_teams.person_id,
        with_teams.lead_id,
        with_teams.commitment_id,
        with_teams.decided_by_user_id,
        'sales_to_marketing' as direction,
        with_teams.played_event as opening_event,
        with_teams.reason_code,
        with_teams.receipt_type,
        with_teams.receipt_id,
        with_teams.definition_version,
        with_teams.occurred_at as assigned_at

    from with_teams

    inner join receiving_teams
        on with_teams.definition_version = receiving_teams.definition_version
        and with_teams.team_before = receiving_teams.team

    where with_teams.team_after <> with_teams.team_before

),

final as (

    select
        -- ids
        handover_id,
        pass_id,
        person_id,
        lead_id,
        commitment_id,
        decided_by_user_id,

        -- attributes
        direction,
        handover_number,
        opening_event,
        tier,
        decision,
        reason_code,
        receipt_type,
        receipt_id,
        definition_version,
        transfer_count,

        -- timestamps
        mql_at,
        assigned_at,
        first_attempt_at,
        decided_at,
        ended_at,
        first_touch_due_at,
        decision_due_at,

        -- amounts
        limbo_business_minutes,
        limbo_clock_minutes,
        first_touch_business_minutes,
        first_touch_clock_minutes,
        decision_business_minutes,
        watched_business_minutes,
        first_touch_target_minutes,
        decision_target_minutes,

        -- flags
        is_first_touch_met,
        is_decision_met,
        is_pre_contact,
        is_out_of_hours,
        is_premature,
        has_reversal,
        is_implicit_decision,
        is_repaired

    from handovers_to_sales

    union all

    select
        handover_id,
        pass_id,
        person_id,
        lead_id,
        commitment_id,
        decided_by_user_id,
        direction,
        null as handover_number,
        opening_event,
        null as tier,
        null as decision,
        reason_code,
        receipt_type,
        receipt_id,
        definition_version,
        null as transfer_count,
        null as mql_at,
        assigned_at,
        null as first_attempt_at,
        null as decided_at,
        null as ended_at,
        null as first_touch_due_at,
        null as decision_due_at,
        null as limbo_business_minutes,
        null as limbo_clock_minutes,
        null as first_touch_business_minutes,
        null as first_touch_clock_minutes,
        null as decision_business_minutes,
        null as watched_business_minutes,
        null as first_touch_target_minutes,
        null as decision_target_minutes,
        null as is_first_touch_met,
        null as is_decision_met,
        false as is_pre_contact,
        false as is_out_of_hours,
        false as is_premature,
        false as has_reversal,
        false as is_implicit_decision,
        false as is_repaired

    from returns

)

select * from final
