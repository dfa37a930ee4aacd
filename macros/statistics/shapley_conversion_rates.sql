{#- Sets of channels are numbers with a bit for each, so that one number is a set and a sum
    of bits adds a channel. -#}
{% macro shapley_conversion_rates(sets, most_channels=16) -%}
    {%- set each_channel = explode('channels') %}
    with

    channels_of_sets as (

        select
            channels,
            conversion_count,
            conversion_count + null_count as path_count,
            {{ each_channel }} as channel

        from {{ sets }}

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

        group by channels_of_sets.channels

    ),

    set_totals as (

        {{ subset_sums('distinct_sets', 'member_counts') }}

    ),

    -- Of all orders in which the members can arrive, the share in which those of the set
    -- come first and one of them, or one of the others, comes just then.
    weighed_sets as (

        select
            set_totals.members,
            set_totals.conversion_count
            / set_totals.path_count
            * cast(factorial(bit_count(set_totals.members) - 1) as double)
            * cast(
                factorial(
                    member_counts.member_count - bit_count(set_totals.members)
                ) as double
            )
            / cast(factorial(member_counts.member_count) as double) as rate_of_member,
            set_totals.conversion_count
            / set_totals.path_count
            * cast(factorial(bit_count(set_totals.members)) as double)
            * cast(
                factorial(
                    greatest(
                        member_counts.member_count
                        - bit_count(set_totals.members)
                        - 1,
                        0
                    )
                ) as double
            )
            / cast(factorial(member_counts.member_count) as double) as rate_of_other

        from set_totals

        inner join member_counts on true

    )

    select
        member_bits.channel,
        sum(
            case
                when weighed_sets.members & member_bits.member_bit = 0
                    then -weighed_sets.rate_of_other
                else weighed_sets.rate_of_member
            end
        ) as shapley_conversion_rate

    from weighed_sets

    cross join member_bits

    group by member_bits.channel
{%- endmacro %}
