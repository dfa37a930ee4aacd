with

touches as (

    select * from {{ ref('int_touches') }}

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

    from touches

)

select * from final
