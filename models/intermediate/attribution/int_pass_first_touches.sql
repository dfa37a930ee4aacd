with

passes as (

    select * from {{ ref('int_passes') }}

),

touches as (

    select * from {{ ref('int_touches') }}

),

-- The first pass has the whole history before it, anonymous visits included. A later
-- one starts anew, and what comes after its closing belongs to the pass that follows.
-- Within a second what the person did comes before what we did, and an id, which says
-- nothing, decides last.
touches_of_passes as (

    select
        passes.pass_id,
        touches.touch_id,
        touches.channel,
        touches.campaign_id,
        touches.occurred_at,
        row_number() over (
            partition by passes.pass_id
            order by
                touches.occurred_at asc nulls last,
                case when touches.is_eligible_for_credit then 0 else 1 end asc,
                touches.touch_type asc nulls last,
                touches.channel asc nulls last,
                touches.touch_id asc
        ) as touch_number

    from passes

    inner join touches
        on passes.person_id = touches.person_id
        and (
            passes.pass_number = 1
            or passes.opened_at <= touches.occurred_at
        )

    where
        passes.closed_at is null
        or touches.occurred_at < passes.closed_at

),

final as (

    select
        -- ids
        pass_id,
        touch_id,
        campaign_id,

        -- attributes
        channel,

        -- timestamps
        occurred_at

    from touches_of_passes

    where touch_number = 1

)

select * from final
