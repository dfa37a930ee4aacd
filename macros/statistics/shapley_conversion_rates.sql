{#- Sets of channels are numbers with a bit for each, so that one number is a set and a sum
    of bits adds a channel. -#}
{% macro shapley_conversion_rates(sets, most_channels=16) -%}
    {%- set each_channel = explode('channels') %}
    with

    -- Numbers are put together again for less than lists are.
    numbered_sets as (

        select
            channels,
            conversion_count,
            conversion_count + null_count as path_count,
            row_number() over (order by channels nulls last) as set_number

        from {{ sets }}

    ),

    channels_of_sets as (

        select
            set_number,
            conversion_count,
            path_count,
            {{ each_channel }} as channel

        from numbered_sets

    ),

    members as (

        select
            channel,
            row_number() over (order by channel nulls last) - 1 as member_number

        from channels_of_sets

        group by channel

    ),

    -- Too many channels are no member at all, and nothing is worked out.
    member_counts as (

        select cast(count(*) as integer) as member_count

        from members

        having count(*) <= {{ most_channels }}

    ),

    member_bits as (

        select
            members.channel,
            cast(1 as bigint) << cast(members.member_number as integer) as member_bit

        from members

        inner join member_counts on true

    ),

    distinct_sets as (

        select
            max(channels_of_sets.conversion_count) as conversion_count,
            max(channels_of_sets.path_count) as path_count,
            cast(sum(member_bits.member_bit) as bigint) as members

        from channels_of_sets

        inner join member_bits on channels_of_sets.channel = member_bits.channel

        group by channels_of_sets.set_number

    ),

    set_totals as (

        {{ subset_sums('distinct_sets', 'member_counts') }}

    ),

    sized_sets as (

        select
            members,
            cast(bit_count(members) as integer) as set_size,
            conversion_count / path_count as conversion_rate

        from set_totals

    ),

    set_sizes as (

        select set_size

        from sized_sets

        group by set_size

    ),

    -- Of all orders in which the members can arrive, the share in which those of a set
    -- come first and one of them, or one of the others, comes just then.
    orders as (

        select
            set_sizes.set_size,
            cast(factorial(set_sizes.set_size - 1) as double)
            * cast(
                factorial(member_counts.member_count - set_sizes.set_size) as double
            )
            / cast(factorial(member_counts.member_count) as double) as share_of_member,
            cast(factorial(set_sizes.set_size) as double)
            * cast(
                factorial(
                    greatest(member_counts.member_count - set_sizes.set_size - 1, 0)
                ) as double
            )
            / cast(factorial(member_counts.member_count) as double) as share_of_other

        from set_sizes

        cross join member_counts

    ),

    weighed_sets as (

        select
            sized_sets.members,
            sized_sets.conversion_rate * orders.share_of_member as rate_of_member,
            sized_sets.conversion_rate * orders.share_of_other as rate_of_other

        from sized_sets

        inner join orders on sized_sets.set_size = orders.set_size

    ),

    -- A member gains what all sets with it give members, less what those without it give
    -- others; that is what those with it give either, less what all give others. Half of
    -- the bits at a time, there are few rows to look for a member in.
    halves_of_sets as (

        select
            members & 255 as members,
            sum(rate_of_member + rate_of_other) as rate,
            sum(rate_of_other) as rate_of_other

        from weighed_sets

        group by members & 255

        union all

        select
            members - (members & 255) as members,
            sum(rate_of_member + rate_of_other) as rate,
            cast(0 as double) as rate_of_other

        from weighed_sets

        group by members - (members & 255)

    )

    select
        member_bits.channel,
        sum(
            case
                when halves_of_sets.members & member_bits.member_bit = 0
                    then -halves_of_sets.rate_of_other
                else halves_of_sets.rate - halves_of_sets.rate_of_other
            end
        ) as shapley_conversion_rate

    from halves_of_sets

    cross join member_bits

    group by member_bits.channel
{%- endmacro %}
