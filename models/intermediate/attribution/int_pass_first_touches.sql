with

passes as (

    select * from {{ ref('int_passes') }}

),

touches as (

    select * from {{ ref('int_touches') }}

),

-- The first pass has the whole history before it, anonymous visits included. A later
-- one starts anew, and what comes after its closing belongs to the pass that follows.
-- What opened a pass is of it, also when it was closed in the same second.
first_instants as (

    select
        passes.pass_id,
        passes.person_id,
        min(touches.occurred_at) as occurred_at

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
        or touches.occurred_at = passes.opened_at

    group by passes.pass_id, passes.person_id

),

-- Within a second what the person did comes before what we did, and an id, which says
-- nothing, decides last.
touches_of_instants as (

    select
        first_instants.pass_id,
        touches.touch_id,
        touches.channel,
        touches.campaign_id,
        touches.occurred_at,
        row_number() over (
            partition by first_instants.pass_id
            order by
                case when touches.is_eligible_for_credit then 0 else 1 end asc,
                touches.touch_type asc nulls last,
                touches.channel asc nulls last,
                touches.touch_id asc
        ) as touch_number

    from first_instants

    inner join touches
        on first_instants.person_id = touches.person_id
        and first_instants.occurred_at = touches.occurred_at

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

    from touches_of_instants

    where touch_number = 1

)

select * from final
