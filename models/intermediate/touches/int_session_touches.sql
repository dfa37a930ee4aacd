-- A view and no table: most sessions are nobody's, and these are asked for once.
{{ config(materialized='view') }}

with

sessions as (

    select * from {{ ref('int_sessions') }}

),

-- Who was not asked, or said no, has no id: the visit counts, and is nobody's.
typed as (

    select
        session_id,
        case when is_consented then anonymous_id end as anonymous_id,
        person_id,
        campaign_id,
        channel,
        'session' as touch_type,
        'marketing' as touch_team,
        started_at as occurred_at,
        recorded_at

    from sessions

),

final as (

    select
        -- ids
        {{ hash_key(['touch_type', 'session_id']) }} as touch_id,
        person_id,
        anonymous_id,
        session_id,
        campaign_id,

        -- attributes
        touch_type,
        channel,
        touch_team,
        cast(null as varchar) as assist_team,
        touch_type as receipt_type,
        session_id as receipt_id,

        -- flags
        true as is_response,

        -- timestamps
        occurred_at,
        recorded_at

    from typed

)

select * from final
