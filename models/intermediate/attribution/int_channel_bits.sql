with

touches as (

    select * from {{ ref('int_touches') }}

),

channel_rules as (

    select * from {{ ref('channel_rules') }}

),

-- Direct is what the mapping calls a visit that says nothing of where it came from.
rules_for_nothing as (

    select
        channel,
        row_number() over (
            order by priority nulls last, channel
        ) as rule_number

    from channel_rules

    where
        '(none)' like lower(trim(source_pattern))
        and '(none)' like lower(trim(medium_pattern))
        and '(none)' like lower(trim(referrer_pattern))
        and coalesce(trim(click_id), '') = ''

),

direct_channels as (

    select channel

    from rules_for_nothing

    where rule_number = 1

),

channels as (

    select distinct channel

    from touches

    where is_eligible_for_credit

),

numbered as (

    select
        channel,
        row_number() over (order by channel nulls last) as channel_number

    from channels

),

final as (

    select
        -- attributes
        numbered.channel,
        cast(1 as bigint) << cast(numbered.channel_number - 1 as integer)
            as channel_bit,

        -- flags
        direct_channels.channel is not null as is_direct

    from numbered

    left join direct_channels on numbered.channel = direct_channels.channel

)

select * from final
