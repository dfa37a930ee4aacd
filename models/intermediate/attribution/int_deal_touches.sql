with

credit_touches as (

    select * from {{ ref('int_credit_touches') }}

),

touches as (

    select * from {{ ref('int_touches') }}

),

-- A mart has as many credits as models times touches, so it finds touches by number and
-- not by a text.
final as (

    select
        -- ids
        credit_touches.deal_number,
        credit_touches.touch_id,
        touches.person_id,
        touches.campaign_id,

        -- attributes
        touches.channel,
        touches.touch_team,

        -- amounts
        credit_touches.touch_number,

        -- timestamps
        touches.occurred_at

    from credit_touches

    inner join touches on credit_touches.touch_id = touches.touch_id

)

select * from final
