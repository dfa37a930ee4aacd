{#- Paths are walks of a chain that starts, visits channels and ends, converted or not.
    Removing a channel lets its visits end unconverted, so its effect is how likely a walk
    comes by it, times how likely it converts from there, over how likely any converts.
    All three are in one inverse, and nothing is solved anew for each channel. -#}
{% macro markov_removal_effects(moves) -%}
    with

    counted_moves as (

        select
            from_channel,
            to_channel,
            sum(cast(conversion_count as double)) as conversion_count,
            sum(cast(conversion_count + null_count as double)) as move_count

        from {{ moves }}

        group by from_channel, to_channel

    ),

    -- The start of all paths has no channel and is the first state.
    states as (

        select
            from_channel as channel,
            row_number() over (
                order by
                    case when from_channel is null then 0 else 1 end,
                    from_channel nulls last
            ) as state_number,
            sum(move_count) as visit_count,
            sum(case when to_channel is null then conversion_count else 0 end)
                as conversion_count

        from counted_moves

        group by from_channel

    ),

    -- One less the moves, for every pair of states.
    cells as (

        select
            from_states.state_number as row_number,
            to_states.state_number as column_number,
            case
                when from_states.state_number = to_states.state_number then 1
                else 0
            end
            - coalesce(counted_moves.move_count / from_states.visit_count, 0) as value

        from states as from_states

        cross join states as to_states

        left join counted_moves
            on coalesce(from_states.channel, '') = coalesce(
                counted_moves.from_channel, ''
            )
            and to_states.channel = counted_moves.to_channel

    ),

    expected_visits as (

        {{ matrix_inverse('cells') }}

    ),

    conversion_rates as (

        select
            expected_visits.row_number as state_number,
            sum(
                expected_visits.value * states.conversion_count / states.visit_count
            ) as conversion_rate

        from expected_visits

        inner join states on expected_visits.column_number = states.state_number

        group by expected_visits.row_number

    )

    select
        states.channel,
        visits_from_start.value
        / visits_from_itself.value
        * conversion_rates.conversion_rate
        / nullif(start_rates.conversion_rate, 0) as removal_effect

    from states

    inner join expected_visits as visits_from_start
        on states.state_number = visits_from_start.column_number
        and visits_from_start.row_number = 1

    inner join expected_visits as visits_from_itself
        on states.state_number = visits_from_itself.column_number
        and states.state_number = visits_from_itself.row_number

    inner join conversion_rates on states.state_number = conversion_rates.state_number

    inner join conversion_rates as start_rates on start_rates.state_number = 1

    where states.channel is not null
{%- endmacro %}
