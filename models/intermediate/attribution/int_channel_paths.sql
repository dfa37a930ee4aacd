with

credit_touches as (

    select * from {{ ref('int_credit_touches') }}

),

opportunities as (

    select * from {{ ref('int_opportunity_outcomes') }}

),

opportunity_people as (

    select * from {{ ref('int_opportunity_people') }}

),

touches as (

    select * from {{ ref('int_touches') }}

),

as_of as (

    select * from {{ ref('as_of') }}

),

settings as (

    select * from {{ ref('report_settings') }}

),

window_of_paths as (

    select
        as_of.as_of,
        {{ instant_after_seconds('as_of.as_of', '-86400 * settings.lookback_days') }}
            as counts_from

    from as_of

    cross join settings

),

won_opportunities as (

    select opportunity_id

    from opportunities

    where outcome = 'won'

),

touches_of_wins as (

    select
        credit_touches.opportunity_id as journey_id,
        credit_touches.channel,
        credit_touches.touch_number,
        lag(credit_touches.channel) over (
            partition by credit_touches.opportunity_id
            order by credit_touches.touch_number nulls last
        ) as previous_channel

    from credit_touches

    inner join won_opportunities
        on credit_touches.opportunity_id = won_opportunities.opportunity_id

    where credit_touches.credit_basis = 'revenue'

),

people_of_wins as (

    select distinct opportunity_people.person_id

    from opportunity_people

    inner join won_opportunities
        on opportunity_people.opportunity_id = won_opportunities.opportunity_id

),

touches_without_win as (

    select
        touches.person_id as journey_id,
        touches.channel,
        row_number() over touches_of_person as touch_number,
        lag(touches.channel) over touches_of_person as previous_channel

    from touches

    inner join window_of_paths
        on touches.occurred_at >= window_of_paths.counts_from
        and touches.occurred_at <= window_of_paths.as_of

    left join people_of_wins on touches.person_id = people_of_wins.person_id

    where touches.is_eligible_for_credit and people_of_wins.person_id is null

    window touches_of_person as (
        partition by touches.person_id
        order by touches.occurred_at nulls last, touches.touch_id
    )

),

touches_of_journeys as (

    select
        1 as conversion_count,
        journey_id,
        channel,
        touch_number,
        previous_channel

    from touches_of_wins

    union all

    select
        0 as conversion_count,
        journey_id,
        channel,
        touch_number,
        previous_channel

    from touches_without_win

),

-- A channel that comes back at once is one visit to it: that changes no removal effect
-- and no set of channels, and leaves far fewer different paths.
journeys as (

    select
        conversion_count,
        {{ ordered_list('channel', 'touch_number') }} as channels

    from touches_of_journeys

    where channel is distinct from previous_channel

    group by conversion_count, journey_id

),

counted_paths as (

    select
        channels,
        sum(conversion_count) as conversion_count,
        sum(1 - conversion_count) as null_count

    from journeys

    group by channels

),

final as (

    select
        -- attributes
        {{ joined_list('channels', path_separator()) }} as channel_path,

        -- amounts
        cast({{ list_size('channels') }} as integer) as step_count,
        cast(conversion_count as bigint) as conversion_count,
        cast(null_count as bigint) as null_count

    from counted_paths

)

select * from final
