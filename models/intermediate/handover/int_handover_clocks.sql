with

openings as (

    select * from {{ ref('int_handover_openings') }}

),

passes as (

    select * from {{ ref('int_passes') }}

),

mql_events as (

    select * from {{ ref('int_mql_events') }}

),

interactions as (

    select * from {{ ref('int_interactions') }}

),

attempts as (

    select * from {{ ref('int_attempts') }}

),

ignored_events as (

    select * from {{ ref('int_ignored_events') }}

),

hand_raises as (

    select * from {{ ref('hand_raises') }}

),

service_levels as (

    select * from {{ ref('service_levels') }}

),

version_settings as (

    select * from {{ ref('version_settings') }}

),

working_days as (

    select * from {{ ref('working_days') }}

),

as_of as (

    select * from {{ ref('as_of') }}

),

mql_instants as (

    select
        pass_id,
        min(occurred_at) as mql_at

    from mql_events

    group by pass_id

),

-- A callback and a premature handover bring their own MQL, at the assignment.
with_pass as (

    select
        openings.*,
        passes.opened_at,
        passes.closed_at,
        coalesce(
            case
                when mql_instants.mql_at <= openings.assigned_at
                    then mql_instants.mql_at
            end,
            openings.assigned_at
        ) as mql_at,
        lag(openings.ended_at) over (
            partition by openings.pass_id
            order by openings.event_number
        ) as given_back_at,
        lead(openings.assigned_at) over (
            partition by openings.person_id
            order by openings.event_number
        ) as next_assigned_at,
        lead(openings.event_number) over (
            partition by openings.person_id
            order by openings.event_number
        ) as next_event_number,
        row_number() over (
            partition by openings.pass_id
            order by openings.event_number
        ) as handover_number

    from openings

    inner join passes on openings.pass_id = passes.pass_id

    left join mql_instants on openings.pass_id = mql_instants.pass_id

),

-- The tier that a hand-raise of the pass gives until the assignment; the hottest is
-- the one with the shortest first-touch target.
raised_tiers as (

    select
        with_pass.handover_id,
        hand_raises.tier,
        service_levels.target_business_minutes,
        row_number() over (
            partition by with_pass.handover_id
            order by
                service_levels.target_business_minutes nulls last,
                hand_raises.tier
        ) as tier_number

    from with_pass

    inner join interactions
        on with_pass.person_id = interactions.person_id
        and with_pass.opened_at <= interactions.occurred_at
        and with_pass.assigned_at >= interactions.occurred_at

    inner join hand_raises
        on with_pass.definition_version = hand_raises.definition_version
        and interactions.event_type = hand_raises.event_type
        and interactions.event_detail = hand_raises.event_detail

    inner join service_levels
        on hand_raises.definition_version = service_levels.definition_version
        and hand_raises.tier = service_levels.tier
        and service_levels.clock = 'first_touch'

    where coalesce(interactions.callback_months, 0) = 0

),

with_tier as (

    select
        with_pass.*,
        case
            when with_pass.commitment_id is not null then callback_rule.tier
            else coalesce(raised_tiers.tier, mql_events.tier, default_tier.tier)
        end as tier

    from with_pass

    left join raised_tiers
        on with_pass.handover_id = raised_tiers.handover_id
        and raised_tiers.tier_number = 1

    left join mql_events
        on with_pass.pass_id = mql_events.pass_id
        and with_pass.assigned_at >= mql_events.occurred_at

    left join hand_raises as callback_rule
        on with_pass.definition_version = callback_rule.definition_version
        and callback_rule.event_type = 'callback_due'

    left join hand_raises as default_tier
        on with_pass.definition_version = default_tier.definition_version
        and default_tier.event_type = 'nomination'

),

with_targets as (

    select
        with_tier.*,
        first_touch_levels.target_business_minutes as first_touch_target_minutes,
        decision_levels.target_business_minutes as decision_target_minutes,
        version_settings.pre_contact_hours

    from with_tier

    inner join version_settings
        on with_tier.definition_version = version_settings.definition_version

    left join service_levels as first_touch_levels
        on with_tier.definition_version = first_touch_levels.definition_version
        and with_tier.tier = first_touch_levels.tier
        and first_touch_levels.clock = 'first_touch'

    left join service_levels as decision_levels
        on with_tier.definition_version = decision_levels.definition_version
        and with_tier.tier = decision_levels.tier
        and decision_levels.clock = 'decision'

),

handover_attempts as (

    select
        with_targets.handover_id,
        min(
            case
                when attempts.occurred_at >= with_targets.assigned_at
                    then attempts.occurred_at
            end
        ) as later_attempt_at,
        min(
            case
                when attempts.occurred_at < with_targets.assigned_at
                    then attempts.occurred_at
            end
        ) as earlier_attempt_at

    from with_targets

    inner join attempts
        on with_targets.person_id = attempts.person_id
        and with_targets.opened_at <= attempts.occurred_at
        and attempts.occurred_at
        >= with_targets.assigned_at
        - with_targets.pre_contact_hours * interval '1' hour
        and attempts.occurred_at < coalesce(
            least(with_targets.closed_at, with_targets.next_assigned_at),
            {{ end_of_time() }}
        )

    group by with_targets.handover_id

),

-- A rep who accepts what was just rejected or lapsed changed his mind.
reversals as (

    select distinct with_pass.handover_id

    from with_pass

    inner join ignored_events
        on with_pass.person_id = ignored_events.person_id
        and ignored_events.handover_effect = 'accepts'
        and ignored_events.reason <> 'no_such_move'
        and with_pass.decided_at <= ignored_events.occurred_at
        and ignored_events.occurred_at < coalesce(
            with_pass.next_assigned_at,
            {{ end_of_time() }}
        )

    where with_pass.decision = 'rejected'

),

with_instants as (

    select
        with_targets.*,
        as_of.as_of,
        -- What sales gave back inside the pass waits again from there: each minute has
        -- one debtor.
        coalesce(with_targets.given_back_at, with_targets.mql_at) as waits_from,
        handover_attempts.earlier_attempt_at is not null as is_pre_contact,
        coalesce(
            handover_attempts.earlier_attempt_at, handover_attempts.later_attempt_at
        ) as first_attempt_at,
        least(
            coalesce(with_targets.closed_at, as_of.as_of),
            coalesce(with_targets.next_assigned_at, as_of.as_of),
            as_of.as_of
        ) as watched_until,
        reversals.handover_id is not null as has_reversal

    from with_targets

    inner join as_of on true

    left join handover_attempts
        on with_targets.handover_id = handover_attempts.handover_id

    left join reversals on with_targets.handover_id = reversals.handover_id

),

-- Business time is a difference of one running count, read off at each instant.
instants as (

    select
        handover_id,
        'judged' as clock_point,
        waits_from as instant

    from with_instants

    union all

    select
        handover_id,
        'assigned' as clock_point,
        assigned_at as instant

    from with_instants

    union all

    select
        handover_id,
        'attempt' as clock_point,
        greatest(first_attempt_at, assigned_at) as instant

    from with_instants

    where first_attempt_at is not null

    union all

    select
        handover_id,
        'decision' as clock_point,
        decided_at as instant

    from with_instants

    where decided_at is not null

    union all

    select
        handover_id,
        'until' as clock_point,
        watched_until as instant

    from with_instants

),

instants_with_date as (

    select
        handover_id,
        clock_point,
        instant,
        {{ local_date('instant') }} as instant_date

    from instants

),

working_counts as (

    select
        instants_with_date.handover_id,
        instants_with_date.clock_point,
        {{ working_seconds_until('instants_with_date.instant', 'working_days') }}
            as working_seconds,
        working_days.is_working_day
        and instants_with_date.instant >= working_days.opens_at_utc
        and instants_with_date.instant < working_days.closes_at_utc
            as is_within_hours

    from instants_with_date

    inner join working_days
        on instants_with_date.instant_date = working_days.calendar_date

),

clock_points as (

    select
        handover_id,
        max(case when clock_point = 'judged' then working_seconds end) as mql_seconds,
        max(case when clock_point = 'assigned' then working_seconds end)
            as assigned_seconds,
        max(case when clock_point = 'attempt' then working_seconds end)
            as attempt_seconds,
        max(case when clock_point = 'decision' then working_seconds end)
            as decision_seconds,
        max(case when clock_point = 'until' then working_seconds end)
            as until_seconds,
        bool_or(clock_point = 'assigned' and is_within_hours)
            as is_assigned_within_hours

    from working_counts

    group by handover_id

),

measured as (

    select
        with_instants.*,
        clock_points.assigned_seconds,
        (clock_points.assigned_seconds - clock_points.mql_seconds) / 60.0
            as limbo_minutes,
        (clock_points.attempt_seconds - clock_points.assigned_seconds) / 60.0
            as first_touch_minutes,
        (clock_points.decision_seconds - clock_points.assigned_seconds) / 60.0
            as decision_minutes,
        (clock_points.until_seconds - clock_points.assigned_seconds) / 60.0
            as watched_minutes,
        -- The greater of two instants leaves out one that is missing.
        case
            when with_instants.first_attempt_at is not null
                then {{ seconds_between(
                    'with_instants.assigned_at',
                    'greatest(with_instants.first_attempt_at, '
                    ~ 'with_instants.assigned_at)'
                ) }} / 60.0
        end as first_touch_clock_minutes,
        {{ seconds_between('with_instants.waits_from', 'with_instants.assigned_at') }}
        / 60.0 as limbo_clock_minutes,
        not clock_points.is_assigned_within_hours as is_out_of_hours

    from with_instants

    inner join clock_points
        on with_instants.handover_id = clock_points.handover_id

),

due_counts as (

    select
        handover_id,
        'first_touch' as clock,
        assigned_seconds + first_touch_target_minutes * 60 as due_seconds

    from measured

    union all

    select
        handover_id,
        'decision' as clock,
        assigned_seconds + decision_target_minutes * 60 as due_seconds

    from measured

),

-- The instant at which a clock runs out is on the day whose working time holds it. Days
-- and clocks are put in one order, since a join would hold each clock against all days
-- before it. A clock that runs out as a day closes does so on that day.
days_and_clocks as (

    select
        handover_id,
        clock,
        due_seconds as working_seconds,
        cast(null as bigint) as seconds_before_day,
        0 as place

    from due_counts

    where due_seconds is not null

    union all

    select
        cast(null as varchar) as handover_id,
        cast(null as varchar) as clock,
        cumulative_working_seconds_before as working_seconds,
        cumulative_working_seconds_before as seconds_before_day,
        1 as place

    from working_days

    where working_seconds > 0

),

clocks_with_day as (

    select
        handover_id,
        clock,
        working_seconds as due_seconds,
        max(seconds_before_day) over (
            order by
                working_seconds asc nulls last,
                place asc,
                handover_id asc,
                clock asc
            rows between unbounded preceding and current row
        ) as seconds_before_day

    from days_and_clocks

),

due_instants as (

    select
        clocks_with_day.handover_id,
        max(
            case
                when clocks_with_day.clock = 'first_touch'
                    then {{ instant_after_seconds(
                        'working_days.opens_at_utc',
                        'clocks_with_day.due_seconds'
                        ' - working_days.cumulative_working_seconds_before'
                    ) }}
            end
        ) as first_touch_due_at,
        max(
            case
                when clocks_with_day.clock = 'decision'
                    then {{ instant_after_seconds(
                        'working_days.opens_at_utc',
                        'clocks_with_day.due_seconds'
                        ' - working_days.cumulative_working_seconds_before'
                    ) }}
            end
        ) as decision_due_at

    from clocks_with_day

    inner join working_days
        on clocks_with_day.seconds_before_day
        = working_days.cumulative_working_seconds_before
        and clocks_with_day.due_seconds
        <= working_days.cumulative_working_seconds_before
        + working_days.working_seconds

    where clocks_with_day.handover_id is not null and working_days.working_seconds > 0

    group by clocks_with_day.handover_id

),

with_due as (

    select
        measured.*,
        due_instants.first_touch_due_at,
        due_instants.decision_due_at

    from measured

    left join due_instants on measured.handover_id = due_instants.handover_id

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
        'marketing_to_sales' as direction,
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
        cast(limbo_minutes as decimal(18, 2)) as limbo_business_minutes,
        cast(limbo_clock_minutes as decimal(18, 2)) as limbo_clock_minutes,
        cast(first_touch_minutes as decimal(18, 2)) as first_touch_business_minutes,
        cast(first_touch_clock_minutes as decimal(18, 2))
            as first_touch_clock_minutes,
        cast(decision_minutes as decimal(18, 2)) as decision_business_minutes,
        cast(watched_minutes as decimal(18, 2)) as watched_business_minutes,
        first_touch_target_minutes,
        decision_target_minutes,

        -- flags
        case
            when first_touch_minutes <= first_touch_target_minutes then true
            when first_touch_minutes > first_touch_target_minutes then false
            when watched_minutes > first_touch_target_minutes then false
        end as is_first_touch_met,
        case
            when decision = 'expired' then false
            when decision_minutes <= decision_target_minutes then true
            when decision_minutes > decision_target_minutes then false
            when watched_minutes > decision_target_minutes then false
        end as is_decision_met,
        is_pre_contact,
        is_out_of_hours,
        opening_event = 'premature_handover' as is_premature,
        has_reversal,
        coalesce(is_implicit_decision, false) as is_implicit_decision,
        coalesce(is_repaired, false) as is_repaired

    from with_due

)

select * from final
