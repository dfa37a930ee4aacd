{% macro subset_sums(sets, set_size) -%}
    {{ return(adapter.dispatch('subset_sums')(sets, set_size)) }}
{%- endmacro %}


{#- A bit a step: what a set without the bit holds, the set with it holds too. Equal sets
    are added up in every step, so there are never more rows than there are sets. -#}
{% macro default__subset_sums(sets, set_size) -%}
    with recursive

    choices as (

        select 0 as is_added

        union all

        select 1 as is_added

    ),

    last_bits as (

        select cast(1 as bigint) << cast(max(member_count) as integer) as last_bit

        from {{ set_size }}

    ),

    sums as (

        select
            cast(1 as bigint) as next_bit,
            cast(members as bigint) as members,
            cast(conversion_count as double) as conversion_count,
            cast(path_count as double) as path_count

        from {{ sets }}

        union all

        select
            sums.next_bit * 2 as next_bit,
            sums.members | (sums.next_bit * choices.is_added) as members,
            sum(sums.conversion_count) as conversion_count,
            sum(sums.path_count) as path_count

        from sums

        inner join last_bits on sums.next_bit < last_bits.last_bit

        inner join choices
            on choices.is_added = 1 or sums.members & sums.next_bit = 0

        group by sums.next_bit, sums.members | (sums.next_bit * choices.is_added)

    )

    select
        sums.members,
        sums.conversion_count,
        sums.path_count

    from sums

    inner join last_bits on sums.next_bit = last_bits.last_bit
{%- endmacro %}
