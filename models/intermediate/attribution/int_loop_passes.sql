with

passes as (

    select * from {{ ref('int_passes') }}

),

first_touches as (

    select * from {{ ref('int_pass_first_touches') }}

),

-- Where nothing is known to have brought a person, that is said, and the attempt counts
-- from the day on which it began.
final as (

    select
        -- ids
        passes.pass_id,
        passes.person_id,
        coalesce(first_touches.campaign_id, {{ unattributed() }}) as campaign_id,

        -- attributes
        coalesce(first_touches.channel, {{ unattributed() }}) as channel,

        -- dates
        {{ local_month('coalesce(first_touches.occurred_at, passes.opened_at)') }}
            as cohort_month

    from passes

    left join first_touches on passes.pass_id = first_touches.pass_id

)

select * from final
