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

channel_bits as (

    select * from {{ ref('int_channel_bits') }}

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

people_of_wins as (

    select distinct opportunity_people.person_id

    from opportunity_people

    inner join opportunities
        on opportunity_people.opportunity_id = opportunities.opportunity_id

    where opportunities.outcome = 'won'

),

touches_without_win as (

    select
        touches.person_id,
        touches.touch_id,
        channel_bits.channel_bit,
        touches.occurred_at

    from touches

    inner join window_of_paths
        on touches.occurred_at >= window_of_paths.counts_from
        and touches.occurred_at <= window_of_paths.as_of

    inner join channel_bits on touches.channel = channel_bits.channel

    left join people_of_wins on touches.person_id = people_of_wins.person_id

    where touches.is_eligible_for_credit and people_of_wins.person_id is null

),

paths_without_win as (

    select
        channel_bit,
        lag(channel_bit) over touches_of_person as previous_channel_bit,
        lead(channel_bit) over touches_of_person is null as is_last,
        bit_or(channel_bit) over (partition by person_id) as channel_bits

    from touches_without_win

    window touches_of_person as (
        partition by person_id
        order by occurred_at nulls last, touch_id
    )

),

-- The channels of a path are told with its last step alone, so that few steps differ.
steps as (

    select
        1 as conversion_count,
        previous_channel_bit,
        channel_bit,
        touch_number = touch_count as is_last,
        case when touch_number = touch_count then channel_bits end as channel_bits

    from credit_touches

    where is_closed_deal and is_won

    union all

    select
        0 as conversion_count,
        previous_channel_bit,
        channel_bit,
        is_last,
        case when is_last then channel_bits end as channel_bits

    from paths_without_win

),

final as (

    select
        -- attributes
        previous_channel_bit,
        channel_bit,
        channel_bits,

        -- amounts
        cast(sum(conversion_count) as bigint) as conversion_count,
        cast(sum(1 - conversion_count) as bigint) as null_count,

        -- flags
        is_last

    from steps

    group by previous_channel_bit, channel_bit, channel_bits, is_last

)

select * from final
