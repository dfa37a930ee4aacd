with

people as (

    select * from {{ ref('int_people') }}

),

interactions as (

    select * from {{ ref('int_interactions') }}

),

lead_events as (

    select * from {{ ref('int_lead_events') }}

),

lead_changes as (

    select * from {{ ref('stg_salesforce__lead_changes') }}

),

leads as (

    select * from {{ ref('stg_salesforce__leads') }}

),

opportunity_events as (

    select * from {{ ref('int_opportunity_events') }}

),

opportunity_people as (

    select * from {{ ref('int_opportunity_people') }}

),

commitment_requests as (

    select * from {{ ref('int_commitment_requests') }}

),

commitment_outcomes as (

    select * from {{ ref('int_commitment_outcomes') }}

),

disqualifications as (

    select * from {{ ref('int_disqualifications') }}

),

erasures as (

    select * from {{ ref('int_erasures') }}

),

working_days as (

    select * from {{ ref('working_days') }}

),

version_settings as (

    select * from {{ ref('version_settings') }}

),

response_events as (

    select * from {{ ref('response_events') }}

),

hand_raises as (

    select * from {{ ref('hand_raises') }}

),

rejection_reasons as (

    select * from {{ ref('rejection_reasons') }}

),

rejection_words as (

    select * from {{ ref('crm_rejection_reasons') }}

),

lifecycle_events as (

    select * from {{ ref('lifecycle_events') }}

),

stage_transitions as (

    select * from {{ ref('stage_transitions') }}

),

as_of as (

    select * from {{ ref('as_of') }}

),

identifications as (

    select
        person_id,
        known_at as occurred_at,
        'identified' as event,
        'identity_key' as receipt_type,
        first_key as receipt_id

    from people

),

responses as (

    select
        interactions.person_id,
        interactions.occurred_at,
        'response' as event,
        interactions.receipt_type,
        interactions.receipt_id,
        hand_raises.event_type is not null
        and coalesce(interactions.callback_months, 0) = 0 as is_hand_raise

    from interactions

    inner join version_settings
        on interactions.occurred_at >= version_settings.applies_from
        and interactions.occurred_at < version_settings.applies_to

    inner join response_events
        on version_settings.definition_version = response_events.definition_version
        and interactions.event_type = response_events.event_type
        and interactions.event_detail = response_events.event_detail

    left join hand_raises
        on version_settings.definition_version = hand_raises.definition_version
        and interactions.event_type = hand_raises.event_type
        and interactions.event_detail = hand_raises.event_detail

),

hard_disqualifications as (

    select
        person_id,
        valid_from,
        coalesce(
            valid_to, {{ end_of_time() }}
        ) as valid_to

    from disqualifications

    where is_hard

),

blocked_hands as (

    select distinct
        responses.person_id,
        responses.receipt_type,
        responses.receipt_id

    from responses

    inner join hard_disqualifications
        on responses.person_id = hard_disqualifications.person_id
        and responses.occurred_at >= hard_disqualifications.valid_from
        and responses.occurred_at < hard_disqualifications.valid_to

    where responses.is_hand_raise

),

-- The rep gives a reason with the decision, or a moment after it.
reason_changes as (

    select
        lead_events.change_id,
        lead_changes.new_value as reason_word,
        row_number() over (
            partition by lead_events.change_id
            order by
                lead_changes.occurred_at desc nulls last,
                lead_changes.change_id desc nulls last
        ) as reason_number

    from lead_events

    inner join version_settings
        on lead_events.occurred_at >= version_settings.applies_from
        and lead_events.occurred_at < version_settings.applies_to

    inner join lead_changes
        on lead_events.lead_id = lead_changes.lead_id
        and lead_changes.occurred_at
        <= lead_events.occurred_at
        + version_settings.repair_minutes * interval '1' minute

    where
        lower(lead_changes.field) = 'rejection_reason__c'
        and lead_events.event in ('rejected', 'recycled', 'disqualified')

),

lead_reasons as (

    select
        lead_events.change_id,
        rejection_words.reason_code

    from lead_events

    inner join leads on lead_events.lead_id = leads.lead_id

    left join reason_changes
        on lead_events.change_id = reason_changes.change_id
        and reason_changes.reason_number = 1

    inner join rejection_words
        on lower(trim(coalesce(reason_changes.reason_word, leads.rejection_reason)))
        = lower(trim(rejection_words.crm_reason))

    where lead_events.event in ('rejected', 'recycled', 'disqualified')

),

promises_at_decisions as (

    select
        lead_events.change_id,
        commitment_requests.commitment_id,
        commitment_requests.horizon_days,
        commitment_requests.due_date,
        row_number() over (
            partition by lead_events.change_id
            order by
                commitment_requests.requested_at desc nulls last,
                commitment_requests.commitment_id asc
        ) as promise_number

    from lead_events

    inner join version_settings
        on lead_events.occurred_at >= version_settings.applies_from
        and lead_events.occurred_at < version_settings.applies_to

    inner join commitment_requests
        on lead_events.lead_id = commitment_requests.lead_id
        and commitment_requests.requested_at
        <= lead_events.occurred_at
        + version_settings.repair_minutes * interval '1' minute

),

-- Where a negative decision leads, told by the moves that such a decision makes.
decision_moves as (

    select distinct
        lifecycle_events.definition_version,
        lifecycle_events.event,
        stage_transitions.to_stage

    from lifecycle_events

    inner join stage_transitions
        on lifecycle_events.definition_version = stage_transitions.definition_version
        and lifecycle_events.event = stage_transitions.event

    where
        lifecycle_events.handover_effect = 'rejects'
        and stage_transitions.from_stage <> stage_transitions.to_stage

),

-- What a negative word of the CRM means depends on its reason's destination; a
-- destination that is no stage leaves the pass where it is.
lead_decisions as (

    select
        lead_events.person_id,
        lead_events.occurred_at,
        case
            when rejection_reasons.reason_code is null
                then
                    case
                        when lead_events.event = 'recycled' then 'rejected'
                        else lead_events.event
                    end
            when
                rejection_reasons.needs = 'callback_date'
                and promises_at_decisions.horizon_days
                <= version_settings.callback_horizon_days
                then 'deferred'
            else coalesce(decision_moves.event, 'declined')
        end as event,
        'salesforce_lead_change' as receipt_type,
        lead_events.change_id as receipt_id,
        lead_events.lead_id,
        rejection_reasons.reason_code,
        lead_events.decided_by_user_id,
        case
            when rejection_reasons.needs = 'callback_date'
                then promises_at_decisions.commitment_id
        end as commitment_id,
        promises_at_decisions.due_date

    from lead_events

    inner join version_settings
        on lead_events.occurred_at >= version_settings.applies_from
        and lead_events.occurred_at < version_settings.applies_to

    left join lead_reasons on lead_events.change_id = lead_reasons.change_id

    left join rejection_reasons
        on version_settings.definition_version = rejection_reasons.definition_version
        and lead_reasons.reason_code = rejection_reasons.reason_code

    left join decision_moves
        on rejection_reasons.definition_version = decision_moves.definition_version
        and rejection_reasons.next_stage = decision_moves.to_stage

    left join promises_at_decisions
        on lead_events.change_id = promises_at_decisions.change_id
        and promises_at_decisions.promise_number = 1

    where lead_events.event in ('rejected', 'recycled', 'disqualified')

),

-- Decisions that are not negative, and changes of owner.
lead_moves as (

    select
        person_id,
        occurred_at,
        event,
        case when is_creation then 'salesforce_lead' else 'salesforce_lead_change' end
            as receipt_type,
        change_id as receipt_id,
        lead_id,
        owner_user_id,
        decided_by_user_id

    from lead_events

    where event not in ('rejected', 'recycled', 'disqualified')

),

promised_callbacks as (

    select
        commitment_requests.person_id,
        commitment_requests.due_at as occurred_at,
        'callback_due' as event,
        'commitment' as receipt_type,
        commitment_requests.commitment_id as receipt_id,
        commitment_requests.lead_id,
        commitment_requests.holder_user_id as owner_user_id,
        commitment_requests.commitment_id,
        commitment_requests.due_date

    from commitment_requests

    inner join commitment_outcomes
        on commitment_requests.commitment_id = commitment_outcomes.commitment_id

    inner join as_of on commitment_requests.due_at <= as_of.as_of

    where
        commitment_outcomes.resolved_at is null
        or commitment_outcomes.resolved_at >= commitment_requests.due_at

),

opportunity_moves as (

    select
        opportunity_people.person_id,
        opportunity_events.occurred_at,
        opportunity_events.event,
        case
            when opportunity_events.event = 'won' then 'contract'
            when opportunity_events.event = 'opportunity_created' then 'opportunity'
            else 'opportunity_change'
        end as receipt_type,
        opportunity_events.receipt_id,
        opportunity_events.opportunity_id,
        opportunity_events.reason_code

    from opportunity_events

    inner join opportunity_people
        on opportunity_events.opportunity_id = opportunity_people.opportunity_id

    where opportunity_people.role = 'primary'

),

computed_disqualifications as (

    select
        person_id,
        valid_from as occurred_at,
        'disqualified' as event,
        'disqualification' as receipt_type,
        rule_id || ':' || receipt_id as receipt_id,
        reason_code

    from disqualifications

    where moves_stage

),

erased_people as (

    select
        person_id,
        erased_at as occurred_at,
        'erased' as event,
        'erasure_request' as receipt_type,
        request_id as receipt_id

    from erasures

),

united as (

    select
        person_id,
        occurred_at,
        event,
        receipt_type,
        receipt_id,
        cast(null as varchar) as lead_id,
        cast(null as varchar) as owner_user_id,
        cast(null as varchar) as decided_by_user_id,
        cast(null as varchar) as reason_code,
        cast(null as varchar) as opportunity_id,
        cast(null as varchar) as commitment_id,
        cast(null as date) as due_date,
        false as is_hand_raise,
        false as is_hand_blocked

    from identifications

    union all

    select
        responses.person_id,
        responses.occurred_at,
        responses.event,
        responses.receipt_type,
        responses.receipt_id,
        null as lead_id,
        null as owner_user_id,
        null as decided_by_user_id,
        null as reason_code,
        null as opportunity_id,
        null as commitment_id,
        null as due_date,
        responses.is_hand_raise,
        blocked_hands.person_id is not null as is_hand_blocked

    from responses

    left join blocked_hands
        on responses.person_id = blocked_hands.person_id
        and responses.receipt_type = blocked_hands.receipt_type
        and responses.receipt_id = blocked_hands.receipt_id

    union all

    select
        person_id,
        occurred_at,
        event,
        receipt_type,
        receipt_id,
        lead_id,
        owner_user_id,
        decided_by_user_id,
        null as reason_code,
        null as opportunity_id,
        null as commitment_id,
        null as due_date,
        false as is_hand_raise,
        false as is_hand_blocked

    from lead_moves

    union all

    select
        person_id,
        occurred_at,
        event,
        receipt_type,
        receipt_id,
        lead_id,
        null as owner_user_id,
        decided_by_user_id,
        reason_code,
        null as opportunity_id,
        commitment_id,
        due_date,
        false as is_hand_raise,
        false as is_hand_blocked

    from lead_decisions

    union all

    select
        person_id,
        occurred_at,
        event,
        receipt_type,
        receipt_id,
        lead_id,
        owner_user_id,
        null as decided_by_user_id,
        null as reason_code,
        null as opportunity_id,
        commitment_id,
        due_date,
        false as is_hand_raise,
        false as is_hand_blocked

    from promised_callbacks

    union all

    select
        person_id,
        occurred_at,
        event,
        receipt_type,
        receipt_id,
        null as lead_id,
        null as owner_user_id,
        null as decided_by_user_id,
        reason_code,
        opportunity_id,
        null as commitment_id,
        null as due_date,
        false as is_hand_raise,
        false as is_hand_blocked

    from opportunity_moves

    union all

    select
        person_id,
        occurred_at,
        event,
        receipt_type,
        receipt_id,
        null as lead_id,
        null as owner_user_id,
        null as decided_by_user_id,
        reason_code,
        null as opportunity_id,
        null as commitment_id,
        null as due_date,
        false as is_hand_raise,
        false as is_hand_blocked

    from computed_disqualifications

    union all

    select
        person_id,
        occurred_at,
        event,
        receipt_type,
        receipt_id,
        null as lead_id,
        null as owner_user_id,
        null as decided_by_user_id,
        null as reason_code,
        null as opportunity_id,
        null as commitment_id,
        null as due_date,
        false as is_hand_raise,
        false as is_hand_blocked

    from erased_people

),

recorded as (

    select
        {{ hash_key(['person_id', 'event', 'receipt_type', 'receipt_id']) }}
            as event_id,
        *

    from united

),

-- A handover that nobody decides lapses at the closing time of a working day; the
-- promise to call later starts that count anew.
expiry_starts as (

    select
        recorded.event_id,
        recorded.person_id,
        case
            when recorded.event = 'deferred' then recorded.due_date
            else {{ local_date('recorded.occurred_at') }}
        end as starts_on,
        version_settings.expiry_working_days

    from recorded

    inner join version_settings
        on recorded.occurred_at >= version_settings.applies_from
        and recorded.occurred_at < version_settings.applies_to

    where recorded.event in ('assigned', 'callback_due', 'deferred')

),

expiries as (

    select
        expiry_starts.person_id,
        last_days.closes_at_utc as occurred_at,
        expiry_starts.event_id as receipt_id

    from expiry_starts

    inner join working_days as first_days
        on expiry_starts.starts_on = first_days.calendar_date

    inner join working_days as last_days
        on first_days.working_day_number + expiry_starts.expiry_working_days
        = last_days.working_day_number
        and last_days.is_working_day

    inner join as_of on last_days.closes_at_utc <= as_of.as_of

),

-- An acceptance that reached the warehouse ahead of its assignment (sync lag) is
-- tried again at the first assignment that follows it closely.
lagging_acceptances as (

    select
        accepted.event_id as held_event_id,
        accepted.person_id,
        accepted.receipt_type,
        accepted.receipt_id,
        accepted.lead_id,
        accepted.decided_by_user_id,
        min(assigned.occurred_at) as occurred_at

    from recorded as accepted

    inner join version_settings
        on accepted.occurred_at >= version_settings.applies_from
        and accepted.occurred_at < version_settings.applies_to

    inner join recorded as assigned
        on accepted.person_id = assigned.person_id
        and assigned.event = 'assigned'
        and accepted.occurred_at < assigned.occurred_at
        and assigned.occurred_at
        <= accepted.occurred_at
        + version_settings.repair_minutes * interval '1' minute

    where accepted.event = 'accepted'

    group by
        accepted.event_id,
        accepted.person_id,
        accepted.receipt_type,
        accepted.receipt_id,
        accepted.lead_id,
        accepted.decided_by_user_id

),

with_followers as (

    select
        event_id,
        person_id,
        occurred_at,
        event,
        receipt_type,
        receipt_id,
        lead_id,
        owner_user_id,
        decided_by_user_id,
        reason_code,
        opportunity_id,
        commitment_id,
        is_hand_raise,
        is_hand_blocked,
        cast(null as varchar) as token_event_id,
        cast(null as varchar) as held_event_id

    from recorded

    union all

    select
        {{ hash_key(['person_id', "'expired'", "'handover'", 'receipt_id']) }}
            as event_id,
        person_id,
        occurred_at,
        'expired' as event,
        'handover' as receipt_type,
        receipt_id,
        null as lead_id,
        null as owner_user_id,
        null as decided_by_user_id,
        null as reason_code,
        null as opportunity_id,
        null as commitment_id,
        false as is_hand_raise,
        false as is_hand_blocked,
        receipt_id as token_event_id,
        null as held_event_id

    from expiries

    union all

    select
        {{ hash_key(['person_id', "'accepted'", "'repaired'", 'receipt_id']) }}
            as event_id,
        person_id,
        occurred_at,
        'accepted' as event,
        receipt_type,
        receipt_id,
        lead_id,
        null as owner_user_id,
        decided_by_user_id,
        null as reason_code,
        null as opportunity_id,
        null as commitment_id,
        false as is_hand_raise,
        false as is_hand_blocked,
        null as token_event_id,
        held_event_id

    from lagging_acceptances

),

final as (

    select
        -- ids
        with_followers.event_id,
        with_followers.person_id,
        with_followers.lead_id,
        with_followers.owner_user_id,
        with_followers.decided_by_user_id,
        with_followers.opportunity_id,
        with_followers.commitment_id,
        with_followers.token_event_id,
        with_followers.held_event_id,

        -- attributes
        with_followers.event,
        case
            when
                with_followers.event = 'response'
                and not (
                    with_followers.is_hand_raise
                    and not with_followers.is_hand_blocked
                )
                then null
            else lifecycle_events.otherwise_plays_as
        end as fallback_event,
        case
            when with_followers.receipt_type = 'disqualification' then 'ends'
            else lifecycle_events.handover_effect
        end as handover_effect,
        lifecycle_events.event_rank,
        with_followers.receipt_type,
        with_followers.receipt_id,
        with_followers.reason_code,
        version_settings.definition_version,

        -- flags
        lifecycle_events.needs_open_handover,
        lifecycle_events.needs_current_opportunity,
        with_followers.is_hand_raise,

        -- timestamps
        with_followers.occurred_at

    from with_followers

    inner join version_settings
        on with_followers.occurred_at >= version_settings.applies_from
        and with_followers.occurred_at < version_settings.applies_to

    inner join lifecycle_events
        on version_settings.definition_version = lifecycle_events.definition_version
        and with_followers.event = lifecycle_events.event

)

select * from final
