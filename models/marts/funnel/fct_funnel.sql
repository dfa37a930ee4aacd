with

passes as (

    select * from {{ ref('int_passes') }}

),

pass_milestones as (

    select * from {{ ref('int_pass_milestones') }}

),

mql_events as (

    select * from {{ ref('int_mql_events') }}

),

mql_cooling as (

    select * from {{ ref('int_mql_cooling') }}

),

handovers as (

    select * from {{ ref('int_handovers') }}

),

attempts as (

    select * from {{ ref('int_attempts') }}

),

pass_attempts as (

    select * from {{ ref('int_pass_attempts') }}

),

rejection_reasons as (

    select * from {{ ref('rejection_reasons') }}

),

ownership_periods as (

    select * from {{ ref('int_ownership_periods') }}

),

person_accounts as (

    select * from {{ ref('int_person_accounts') }}

),

person_sources as (

    select * from {{ ref('int_person_sources') }}

),

first_touches as (

    select * from {{ ref('int_pass_first_touches') }}

),

pass_opportunities as (

    select * from {{ ref('int_pass_opportunities') }}

),

bookings as (

    select * from {{ ref('int_bookings') }}

),

passes_in_order as (

    select
        *,
        max(pass_number) over (partition by person_id) as last_pass_number,
        max(case when pass_type = 'expansion' then pass_number end) over (
            partition by person_id
        ) as last_expansion_number

    from passes

),

first_handovers as (

    select
        pass_id,
        assigned_at,
        first_attempt_at,
        decided_at

    from handovers

    where handover_number = 1

),

first_connects as (

    select
        first_handovers.pass_id,
        min(attempts.occurred_at) as first_connect_at

    from first_handovers

    inner join passes on first_handovers.pass_id = passes.pass_id

    inner join attempts
        on passes.person_id = attempts.person_id
        and first_handovers.first_attempt_at <= attempts.occurred_at

    where
        attempts.is_connect
        and (
            passes.closed_at is null
            or attempts.occurred_at < passes.closed_at
        )

    group by first_handovers.pass_id

),

-- No answer is only a reason after enough tries; every version says so of its own.
reasons_that_need_attempts as (

    select
        definition_version,
        reason_code

    from rejection_reasons

    where needs = 'attempts'

),

owners_in_order as (

    select
        pass_id,
        owner_team,
        owner_user_id,
        valid_to,
        row_number() over (
            partition by pass_id
            order by valid_from desc nulls last
        ) as owner_number

    from ownership_periods

),

last_owners as (

    select
        pass_id,
        owner_team,
        owner_user_id,
        valid_to

    from owners_in_order

    where owner_number = 1

),

opportunities_of_passes as (

    select
        pass_id,
        opportunity_id,
        is_primary,
        row_number() over (
            partition by pass_id
            order by
                case when is_primary then 0 else 1 end,
                case when is_moved then 0 else 1 end,
                opportunity_id
        ) as opportunity_number

    from pass_opportunities

),

primary_opportunities as (

    select
        pass_id,
        opportunity_id

    from opportunities_of_passes

    where opportunity_number = 1 and is_primary

),

supporting_passes as (

    select distinct pass_id

    from pass_opportunities

    where not is_primary

),

-- Every opportunity has one primary pass, so no euro stands on two passes.
booked_amounts as (

    select
        pass_opportunities.pass_id,
        sum(bookings.amount_eur) as booked_amount_eur

    from pass_opportunities

    inner join bookings
        on pass_opportunities.opportunity_id = bookings.opportunity_id

    where pass_opportunities.is_primary

    group by pass_opportunities.pass_id

),

-- The computed MQL counts only where the pass became MQL by it: a handover that was
-- early, or a callback that fell due, needs no points.
computed_mqls as (

    select
        mql_events.pass_id,
        mql_events.trigger,
        mql_events.tier,
        mql_events.fit_points,
        mql_events.behaviour_points,
        mql_events.total_points,
        mql_events.fit_grade,
        mql_cooling.is_cooled

    from mql_events

    inner join pass_milestones
        on mql_events.pass_id = pass_milestones.pass_id
        and mql_events.occurred_at = pass_milestones.mql_at

    left join mql_cooling on mql_events.pass_id = mql_cooling.pass_id

),

final as (

    select
        -- ids
        passes_in_order.pass_id,
        passes_in_order.person_id,
        person_accounts.account_id,
        primary_opportunities.opportunity_id as primary_opportunity_id,
        first_touches.campaign_id as first_touch_campaign_id,

        -- attributes
        cast(passes_in_order.pass_number as integer) as pass_number,
        passes_in_order.pass_type,
        pass_milestones.entry_reason,
        pass_milestones.current_stage,
        case
            when
                last_owners.valid_to is null
                or passes_in_order.pass_number < passes_in_order.last_pass_number
                then last_owners.owner_team
        end as owner_team,
        case
            when
                last_owners.valid_to is null
                or passes_in_order.pass_number < passes_in_order.last_pass_number
                then last_owners.owner_user_id
        end as owner_user_id,
        passes_in_order.outcome,
        passes_in_order.outcome_reason,
        pass_milestones.definition_version,
        case
            when pass_milestones.mql_at is not null
                then coalesce(computed_mqls.trigger, pass_milestones.mql_event)
        end as mql_trigger,
        computed_mqls.fit_grade,
        person_sources.sourced_by,
        first_touches.channel as first_touch_channel,

        -- amounts
        cast(computed_mqls.fit_points as decimal(18, 6)) as fit_points,
        cast(computed_mqls.behaviour_points as decimal(18, 6)) as behaviour_points,
        cast(computed_mqls.total_points as decimal(18, 6)) as total_points,
        cast(booked_amounts.booked_amount_eur as decimal(18, 2)) as booked_amount_eur,

        cast(coalesce(pass_attempts.attempt_count, 0) as integer) as attempt_count,

        -- flags
        passes_in_order.closed_at is null as is_open,
        passes_in_order.pass_number = passes_in_order.last_pass_number as is_current,
        coalesce(
            passes_in_order.pass_number < passes_in_order.last_expansion_number, false
        ) as has_expansion,
        supporting_passes.pass_id is not null as is_supporting,
        computed_mqls.is_cooled as cooled_before_decision,
        case
            when reasons_that_need_attempts.reason_code is not null
                then coalesce(pass_attempts.is_persistent, false)
        end as is_persistence_met,
        pass_milestones.reached_inquiry,
        pass_milestones.reached_mql,
        pass_milestones.reached_sal,
        pass_milestones.reached_sql,
        pass_milestones.reached_opportunity,
        pass_milestones.reached_customer,
        pass_milestones.reached_inquiry
        and pass_milestones.inquiry_at is null as skipped_inquiry,
        pass_milestones.reached_mql
        and pass_milestones.mql_at is null as skipped_mql,
        pass_milestones.reached_sal
        and pass_milestones.sal_at is null as skipped_sal,
        pass_milestones.reached_sql
        and pass_milestones.sql_at is null as skipped_sql,
        pass_milestones.reached_opportunity
        and pass_milestones.opportunity_at is null as skipped_opportunity,

        -- timestamps
        passes_in_order.opened_at,
        pass_milestones.inquiry_at,
        pass_milestones.mql_at,
        first_handovers.assigned_at,
        first_handovers.first_attempt_at,
        first_connects.first_connect_at,
        first_handovers.decided_at,
        pass_milestones.sal_at,
        pass_milestones.sql_at,
        pass_milestones.opportunity_at,
        pass_milestones.customer_at,
        passes_in_order.closed_at,

        -- dates: the first day of the local month
        {{ local_month('passes_in_order.opened_at') }} as opened_month,
        {{ local_month('pass_milestones.inquiry_at') }} as inquiry_month,
        {{ local_month('pass_milestones.mql_at') }} as mql_month,
        {{ local_month('pass_milestones.sal_at') }} as sal_month,
        {{ local_month('pass_milestones.sql_at') }} as sql_month,
        {{ local_month('pass_milestones.opportunity_at') }} as opportunity_month,
        {{ local_month('pass_milestones.customer_at') }} as customer_month,
        {{ local_month('passes_in_order.closed_at') }} as closed_month

    from passes_in_order

    inner join pass_milestones on passes_in_order.pass_id = pass_milestones.pass_id

    left join person_accounts
        on passes_in_order.person_id = person_accounts.person_id

    left join person_sources on passes_in_order.person_id = person_sources.person_id

    left join first_touches on passes_in_order.pass_id = first_touches.pass_id

    left join primary_opportunities
        on passes_in_order.pass_id = primary_opportunities.pass_id

    left join supporting_passes
        on passes_in_order.pass_id = supporting_passes.pass_id

    left join booked_amounts on passes_in_order.pass_id = booked_amounts.pass_id

    left join computed_mqls on passes_in_order.pass_id = computed_mqls.pass_id

    left join first_handovers on passes_in_order.pass_id = first_handovers.pass_id

    left join first_connects on passes_in_order.pass_id = first_connects.pass_id

    left join last_owners on passes_in_order.pass_id = last_owners.pass_id

    left join pass_attempts on passes_in_order.pass_id = pass_attempts.pass_id

    left join reasons_that_need_attempts
        on pass_milestones.definition_version
        = reasons_that_need_attempts.definition_version
        and passes_in_order.outcome_reason = reasons_that_need_attempts.reason_code

)

select * from final
