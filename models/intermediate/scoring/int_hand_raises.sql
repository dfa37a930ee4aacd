with

passes as (

    select * from {{ ref('int_passes') }}

),

interactions as (

    select * from {{ ref('int_interactions') }}

),

recorded_events as (

    select * from {{ ref('int_recorded_events') }}

),

versions_in_force as (

    select * from {{ ref('versions_in_force') }}

),

hand_raises as (

    select * from {{ ref('hand_raises') }}

),

-- Whoever asks to be called back in some months does not ask for a call now.
requests as (

    select
        person_id,
        occurred_at,
        'hand_raise' as trigger_kind,
        event_type,
        coalesce(event_detail, '') as event_detail,
        receipt_type,
        receipt_id

    from interactions

    where coalesce(callback_months, 0) = 0

),

nominations as (

    select
        person_id,
        occurred_at,
        'nomination' as trigger_kind,
        'nomination' as event_type,
        '' as event_detail,
        receipt_type,
        receipt_id

    from recorded_events

    where event = 'nominated'

),

requests_and_nominations as (

    select * from requests

    union all

    select * from nominations

),

hand_raises_in_force as (

    select
        hand_raises.definition_version,
        hand_raises.event_type,
        coalesce(hand_raises.event_detail, '') as event_detail,
        {{ as_points('hand_raises.fit_min') }} as fit_min,
        hand_raises.tier,
        versions_in_force.valid_from,
        versions_in_force.valid_to

    from hand_raises

    inner join versions_in_force
        on hand_raises.definition_version = versions_in_force.definition_version

),

final as (

    select
        -- ids
        passes.pass_id,
        passes.person_id,
        hand_raises_in_force.definition_version,

        -- attributes
        requests_and_nominations.trigger_kind,
        hand_raises_in_force.tier,
        hand_raises_in_force.fit_min,
        requests_and_nominations.receipt_type,
        requests_and_nominations.receipt_id,

        -- timestamps
        requests_and_nominations.occurred_at

    from requests_and_nominations

    inner join hand_raises_in_force
        on requests_and_nominations.event_type = hand_raises_in_force.event_type
        and requests_and_nominations.event_detail = hand_raises_in_force.event_detail
        and requests_and_nominations.occurred_at >= hand_raises_in_force.valid_from

    inner join passes
        on requests_and_nominations.person_id = passes.person_id
        and requests_and_nominations.occurred_at >= passes.opened_at

    where
        (
            hand_raises_in_force.valid_to is null
            or requests_and_nominations.occurred_at < hand_raises_in_force.valid_to
        )
        and (
            passes.closed_at is null
            or requests_and_nominations.occurred_at < passes.closed_at
        )

)

select * from final
