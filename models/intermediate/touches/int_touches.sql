with

session_touches as (

    select * from {{ ref('int_session_touches') }}

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

interaction_touches as (

    select
        {{ hash_key(['event_type', 'receipt_id']) }} as touch_id,
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
typed_attempts as (

    select
        attempt_id,
        person_id,
        'sales_attempt' as touch_type,
        occurred_at

    from attempts

),

attempt_touches as (

    select
        {{ hash_key(['touch_type', 'attempt_id']) }} as touch_id,
        attempt_id as receipt_id,
        'task' as receipt_type,
        person_id,
        null as anonymous_id,
        null as session_id,
        null as campaign_id,
        touch_type,
        'sales_outreach' as channel,
        'sales' as touch_team,
        null as assist_team,
        false as is_response,
        occurred_at,
        occurred_at as recorded_at

    from typed_attempts

),

united as (

    select
        touch_id,
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

    where person_id is not null

    union all

    select
        touch_id,
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
        touch_id,
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
        united.touch_id,
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
        and not coalesce(campaigns.is_operational, false) as is_eligible_for_credit,

        -- timestamps
        united.occurred_at,
        united.recorded_at

    from united

    left join campaigns on united.campaign_id = campaigns.campaign_id

)

select * from final
