with

steps as (

    select * from {{ ref('int_channel_steps') }}

),

channel_bits as (

    select * from {{ ref('int_channel_bits') }}

),

-- Only the last step of a path tells its channels; what is null meets no bit below.
counted_sets as (

    select
        channel_bits,
        cast(sum(conversion_count) as bigint) as conversion_count,
        cast(sum(null_count) as bigint) as null_count

    from steps

    group by channel_bits

),

final as (

    select
        -- attributes
        array_sort(array_agg(channel_bits.channel)) as channels,

        -- amounts
        cast(count(*) as integer) as channel_count,
        counted_sets.conversion_count,
        counted_sets.null_count

    from counted_sets

    inner join channel_bits
        on (counted_sets.channel_bits & channel_bits.channel_bit) > 0

    group by
        counted_sets.channel_bits,
        counted_sets.conversion_count,
        counted_sets.null_count

)

select * from final
