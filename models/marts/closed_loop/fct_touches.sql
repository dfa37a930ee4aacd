with

touches as (

    select * from {{ ref('int_touches') }}

),

session_touches as (

    select * from {{ ref('int_session_touches') }}

),

-- Sessions of visitors who are not known earn nothing.
united as (

    select
        touch_id,
        person_id,
        anonymous_id,
        session_id,
        campaign_id,
        touch_type,
        channel,
        touch_team,
        assist_team,
        is_eligible_for_credit,
        occurred_at

    from touches

    union all

    select
        touch_id,
        person_id,
        anonymous_id,
        session_id,
        campaign_id,
        touch_type,
        channel,
        touch_team,
        assist_team,
        false as is_eligible_for_credit,
        occurred_at

    from session_touches

    where person_id is null

),

final as (

    select
        -- ids
        touch_id,
        person_id,
        anonymous_id,
        session_id,
        campaign_id,

        -- attributes
        touch_type,
        channel,
        touch_team,
        assist_team,

        -- flags
        is_eligible_for_credit,

        -- timestamps
        occurred_at,
        {{ local_date('occurred_at') }} as occurred_date

    from united

)

select * from final
