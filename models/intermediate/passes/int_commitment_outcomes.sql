with

requests as (

    select * from {{ ref('int_commitment_requests') }}

),

interactions as (

    select * from {{ ref('int_interactions') }}

),

hand_raises as (

    select * from {{ ref('hand_raises') }}

),

version_settings as (

    select * from {{ ref('version_settings') }}

),

lead_events as (

    select * from {{ ref('int_lead_events') }}

),

attempts as (

    select * from {{ ref('int_attempts') }}

),

consent_periods as (

    select * from {{ ref('int_consent_periods') }}

),

erasures as (

    select * from {{ ref('int_erasures') }}

),

as_of as (

    select * from {{ ref('as_of') }}

),

-- What calls for contact before the promise falls due.
raised_hands as (

    select
        interactions.person_id,
        interactions.occurred_at

    from interactions

    inner join version_settings
        on interactions.occurred_at >= version_settings.applies_from
        and interactions.occurred_at < version_settings.applies_to

    inner join hand_raises
        on version_settings.definition_version = hand_raises.definition_version
        and interactions.event_type = hand_raises.event_type
        and interactions.event_detail = hand_raises.event_detail

    where coalesce(interactions.callback_months, 0) = 0

),

calls_for_contact as (

    select
        person_id,
        occurred_at

    from raised_hands

    union all

    select
        person_id,
        occurred_at

    from lead_events

    where event = 'assigned'

),

first_calls_for_contact as (

    select
        requests.commitment_id,
        min(calls_for_contact.occurred_at) as called_at

    from requests

    inner join calls_for_contact
        on requests.person_id = calls_for_contact.person_id
        and requests.requested_at < calls_for_contact.occurred_at
        and requests.due_at > calls_for_contact.occurred_at

    group by requests.commitment_id

),

contacts as (

    select
        requests.commitment_id,
        min(
            case
                when
                    attempts.occurred_at >= first_calls_for_contact.called_at
                    and attempts.occurred_at < requests.due_at
                    then attempts.occurred_at
            end
        ) as superseded_at,
        min(
            case
                when
                    attempts.occurred_at >= requests.due_day_starts_at
                    and attempts.occurred_at <= requests.due_day_ends_at
                    then attempts.occurred_at
            end
        ) as kept_at

    from requests

    inner join attempts
        on requests.person_id = attempts.person_id
        and requests.requested_at < attempts.occurred_at

    left join first_calls_for_contact
        on requests.commitment_id = first_calls_for_contact.commitment_id

    group by requests.commitment_id

),

later_requests as (

    select
        requests.commitment_id,
        later.requested_at as rescheduled_at,
        later.is_requested_by_person,
        row_number() over (
            partition by requests.commitment_id
            order by later.requested_at nulls last, later.commitment_id
        ) as request_number

    from requests

    inner join requests as later
        on requests.person_id = later.person_id
        and requests.requested_at < later.requested_at
        and requests.due_at > later.requested_at

),

reschedulings as (

    select
        commitment_id,
        rescheduled_at,
        is_requested_by_person

    from later_requests

    where request_number = 1

),

objections as (

    select
        person_id,
        valid_from as objected_at

    from consent_periods

    where purpose = 'phone_marketing' and consent_state = 'objected'

    union all

    select
        person_id,
        erased_at as objected_at

    from erasures

),

cancellations as (

    select
        requests.commitment_id,
        min(objections.objected_at) as cancelled_at

    from requests

    inner join objections
        on requests.person_id = objections.person_id
        and requests.requested_at < objections.objected_at
        and requests.due_day_ends_at >= objections.objected_at

    group by requests.commitment_id

),

endings as (

    select
        commitment_id,
        1 as ending_rank,
        'cancelled_privacy' as outcome,
        cancelled_at as resolved_at

    from cancellations

    union all

    select
        commitment_id,
        2 as ending_rank,
        case when is_requested_by_person then 'superseded' else 'broken' end
            as outcome,
        rescheduled_at as resolved_at

    from reschedulings

    union all

    select
        commitment_id,
        3 as ending_rank,
        'superseded' as outcome,
        superseded_at as resolved_at

    from contacts

    where superseded_at is not null

    union all

    select
        commitment_id,
        4 as ending_rank,
        'kept' as outcome,
        kept_at as resolved_at

    from contacts

    where kept_at is not null

    union all

    select
        commitment_id,
        5 as ending_rank,
        'broken' as outcome,
        due_day_ends_at as resolved_at

    from requests

),

ranked_endings as (

    select
        endings.commitment_id,
        endings.outcome,
        endings.resolved_at,
        row_number() over (
            partition by endings.commitment_id
            order by endings.resolved_at nulls last, endings.ending_rank
        ) as ending_number

    from endings

    inner join as_of on endings.resolved_at <= as_of.as_of

),

first_endings as (

    select
        commitment_id,
        outcome,
        resolved_at

    from ranked_endings

    where ending_number = 1

),

final as (

    select
        requests.commitment_id,
        requests.person_id,
        requests.requested_at,
        requests.due_at,
        coalesce(first_endings.outcome, 'open') as outcome,
        first_endings.resolved_at

    from requests

    left join first_endings on requests.commitment_id = first_endings.commitment_id

)

select * from final
