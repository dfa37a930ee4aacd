with

steps as (

    select * from {{ ref('int_channel_steps') }}

),

channel_bits as (

    select * from {{ ref('int_channel_bits') }}

),

-- A channel that comes back at once is one visit to it.
moves_of_bits as (

    select
        previous_channel_bit as from_bit,
        channel_bit as to_bit,
        conversion_count,
        null_count

    from steps

    where channel_bit is distinct from previous_channel_bit

    union all

    select
        channel_bit as from_bit,
        cast(null as bigint) as to_bit,
        conversion_count,
        null_count

    from steps

    where is_last

),

final as (

    select
        -- attributes
        from_channels.channel as from_channel,
        to_channels.channel as to_channel,

        -- amounts
        cast(sum(moves_of_bits.conversion_count) as bigint) as conversion_count,
        cast(sum(moves_of_bits.null_count) as bigint) as null_count

    from moves_of_bits

    left join channel_bits as from_channels
        on moves_of_bits.from_bit = from_channels.channel_bit

    left join channel_bits as to_channels
        on moves_of_bits.to_bit = to_channels.channel_bit

    group by from_channels.channel, to_channels.channel

)

select * from final
