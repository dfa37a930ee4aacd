with

sessions as (

    select * from {{ ref('int_sessions') }}

),

interactions as (

    select * from {{ ref('int_interactions') }}

),

attempts as (

    select * from {{ ref('int_attempts') }}

),

campaigns as (

    select * from {{ ref('int_campaigns') }}

),

session_touches as (

    select
        session_id as receipt_id,
        'session' as receipt_type,
        person_id,
        anonymous_id,
        session_id,
        campaign_id,
        'session' as touch_type,
        channel,
        'marketing' as touch_team,
        cast(null as varchar) as assist_team,
        true as is_response,
        started_at as occurred_at,
        recorded_at

    from sessions

),

interaction_touches as (

    select
        receipt_id,
        receipt_type,
        person_id,
        anonymous_id,
        session_id,
        campaign_id,
        event_type as touch_type,
        channel,
        touch_team,
        assist_team,
        true as is_response,
        occurred_at,
        recorded_at

    from interactions

    where is_touch

),

-- What sales did to reach a person is a touch, but nothing that the person did.
attempt_touches as (

    select
        attempt_id as receipt_id,
        'task' as receipt_type,
        person_id,
        null as anonymous_id,
        null as session_id,
        null as campaign_id,
        'sales_attempt' as touch_type,
        'sales_outreach' as channel,
        'sales' as touch_team,
        null as assist_team,
        false as is_response,
        occurred_at,
        occurred_at as recorded_at

    from attempts

),

united as (

    select
        receipt_id,
        receipt_type,
        person_id,
        anonymous_id,
        session_id,
        campaign_id,
        touch_type,
        channel,
        touch_team,
        assist_team,
        is_response,
        occurred_at,
        recorded_at

    from session_touches

    union all

    select
        receipt_id,
        receipt_type,
        person_id,
        anonymous_id,
        session_id,
        campaign_id,
        touch_type,
        channel,
        touch_team,
        assist_team,
        is_response,
        occurred_at,
        recorded_at

    from interaction_touches

    union all

    select
        receipt_id,
        receipt_type,
        person_id,
        anonymous_id,
        session_id,
        campaign_id,
        touch_type,
        channel,
        touch_team,
        assist_team,
        is_response,
        occurred_at,
        recorded_at

    from attempt_touches

),

final as (

    select
        -- ids
        {{ hash_key(['united.touch_type', 'united.receipt_id']) }} as touch_id,
        united.person_id,
        united.anonymous_id,
        united.session_id,
        united.campaign_id,

        -- attributes
        united.touch_type,
        united.channel,
        united.touch_team,
        united.assist_team,
        united.receipt_type,
        united.receipt_id,

        -- flags
        united.is_response
        and united.person_id is not null
        and not coalesce(campaigns.is_operational, false) as is_eligible_for_credit,

        -- timestamps
        united.occurred_at,
        united.recorded_at

    from united

    left join campaigns on united.campaign_id = campaigns.campaign_id

)

select * from final
