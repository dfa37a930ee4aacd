{% macro greedy_selection(events, caps) -%}
    {{ return(adapter.dispatch('greedy_selection')(events, caps)) }}
{%- endmacro %}


{#- Whether an event counts depends on which of the earlier ones did, so no window
    function can tell. Two facts keep the walk short, and change no answer: a day can
    give no more than the smallest of its caps, and an event that lies further than the
    widest window from the one before it starts afresh. -#}
{% macro default__greedy_selection(events, caps) -%}
    with recursive

    cap_bounds as (

        select
            cap_id,
            min(max_count) as smallest_count,
            max(max_count) as greatest_count,
            -- A cap without days looks back to the first event.
            case
                when count(per_days) = count(*) then max(per_days)
            end as widest_days

        from {{ caps }}

        group by cap_id

    ),

    events_of_a_day as (

        select
            events.sequence_id,
            events.event_number,
            events.event_day,
            events.cap_id,
            cap_bounds.smallest_count,
            cap_bounds.greatest_count,
            cap_bounds.widest_days,
            row_number() over (
                partition by events.sequence_id, events.event_day
                order by events.event_number nulls last
            ) as number_in_day

        from {{ events }} as events

        inner join cap_bounds on events.cap_id = cap_bounds.cap_id

    ),

    events_with_gap as (

        select
            sequence_id,
            event_number,
            event_day,
            cap_id,
            greatest_count,
            widest_days,
            event_day - lag(event_day) over (
                partition by sequence_id
                order by event_number nulls last
            ) as days_since_previous,
            row_number() over (
                partition by sequence_id
                order by event_number nulls last
            ) as number_in_sequence

        from events_of_a_day

        where number_in_day <= smallest_count

    ),

    events_in_stretches as (

        select
            sequence_id,
            event_number,
            event_day,
            cap_id,
            greatest_count,
            sum(
                case
                    when number_in_sequence = 1 then 1
                    when days_since_previous >= widest_days then 1
                    else 0
                end
            ) over (
                partition by sequence_id
                order by event_number nulls last
                rows between unbounded preceding and current row
            ) as stretch

        from events_with_gap

    ),

    events_in_order as (

        select
            sequence_id,
            stretch,
            event_number,
            event_day,
            cap_id,
            greatest_count,
            row_number() over (
                partition by sequence_id, stretch
                order by event_number nulls last
            ) as step

        from events_in_stretches

    ),

    walk as (

        select
            sequence_id,
            stretch,
            step,
            event_number,
            true as is_kept,
            list_value(event_day) as kept_days

        from events_in_order

        where step = 1

        union all

        select
            sequence_id,
            stretch,
            step,
            event_number,
            is_kept,
            case
                when is_kept
                    then list_slice(
                        list_append(kept_days, event_day), -greatest_count, -1
                    )
                else kept_days
            end as kept_days

        from (

            select
                events_in_order.sequence_id,
                events_in_order.stretch,
                events_in_order.step,
                events_in_order.event_number,
                events_in_order.event_day,
                events_in_order.greatest_count,
                walk.kept_days,
                -- The cap is full when the event kept `max_count` ago is still in the
                -- window; without so many kept events it cannot be.
                bool_and(
                    coalesce(
                        list_extract(walk.kept_days, -caps.max_count)
                        <= events_in_order.event_day - caps.per_days,
                        list_extract(walk.kept_days, -caps.max_count) is null
                    )
                ) as is_kept

            from walk

            inner join events_in_order
                on walk.sequence_id = events_in_order.sequence_id
                and walk.stretch = events_in_order.stretch
                and walk.step + 1 = events_in_order.step

            inner join {{ caps }} as caps
                on events_in_order.cap_id = caps.cap_id

            group by
                events_in_order.sequence_id,
                events_in_order.stretch,
                events_in_order.step,
                events_in_order.event_number,
                events_in_order.event_day,
                events_in_order.greatest_count,
                walk.kept_days

        ) as judged

    )

    select
        sequence_id,
        event_number

    from walk

    where is_kept
{%- endmacro %}
