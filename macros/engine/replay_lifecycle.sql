{#- Two replays use this: the recorded events alone, which open and close passes, and
    later the same events with the computed ones, which fill in the stages. -#}
{% macro replay_lifecycle(events, transitions) -%}
    {{ return(adapter.dispatch('replay_lifecycle')(events, transitions)) }}
{%- endmacro %}

{#- One round a position: every person's n-th event is played at once, on the state
    that the (n-1)-th left behind. The work is the number of events, not its square. The
    join is given the state alone: the engine hashes the side that looks smaller, and
    should not hash all events in every round. -#}
{% macro default__replay_lifecycle(events, transitions) -%}
replayed as (

    select
        person_id,
        cast(0 as bigint) as event_number,
        cast(null as varchar) as event_id,
        cast(null as varchar) as previous_stage,
        cast('' as varchar) as stage,
        cast(null as varchar) as played_event,
        false as is_played,
        cast(null as bigint) as previous_pass_number,
        cast(0 as bigint) as pass_number,
        cast(null as bigint) as closed_pass_number,
        cast(null as varchar) as closes_pass_as,
        cast(null as varchar) as handover_id,
        cast(null as varchar) as ended_handover_id,
        cast(null as varchar) as expiry_token,
        cast(null as varchar) as opportunity_id,
        cast(null as varchar) as held_event_id

    from {{ events }}

    where event_number = 1

    union all

    select
        person_id,
        event_number,
        event_id,
        stage_before as previous_stage,
        case when is_allowed then move_stage else stage_before end as stage,
        case when is_allowed then move_event end as played_event,
        is_allowed as is_played,
        pass_before as previous_pass_number,
        pass_before
        + case
            when is_allowed and (move_opens_pass or move_opens_next) then 1
            else 0
        end as pass_number,
        case when is_allowed and move_closes_as <> '' then pass_before end
            as closed_pass_number,
        case when is_allowed and move_closes_as <> '' then move_closes_as end
            as closes_pass_as,
        case
            when not is_allowed then handover_before
            when handover_effect = 'opens' then event_id
            when ends_handover then null
            else handover_before
        end as handover_id,
        case
            when is_allowed and handover_effect <> 'opens' and ends_handover
                then handover_before
        end as ended_handover_id,
        case
            when not is_allowed then token_before
            when handover_effect = 'opens' then event_id
            when ends_handover then null
            when handover_effect = 'defers' and handover_before is not null
                then event_id
            else token_before
        end as expiry_token,
        case
            when not is_allowed then opportunity_before
            when move_opens_next then null
            when event_opportunity_id is not null then event_opportunity_id
            when move_opens_pass then null
            else opportunity_before
        end as opportunity_id,
        case
            when
                not is_allowed
                and handover_effect = 'accepts'
                and needs_open_handover
                and event_held_id is null
                then event_id
            else held_before
        end as held_event_id

    from (

        select
            events.person_id,
            events.event_number,
            events.event_id,
            events.handover_effect,
            events.needs_open_handover,
            events.opportunity_id as event_opportunity_id,
            events.held_event_id as event_held_id,
            states.stage as stage_before,
            states.pass_number as pass_before,
            states.handover_id as handover_before,
            states.expiry_token as token_before,
            states.opportunity_id as opportunity_before,
            states.held_event_id as held_before,
            coalesce(direct.event, fallback.event) as move_event,
            coalesce(direct.to_stage, fallback.to_stage) as move_stage,
            coalesce(direct.opens_pass, fallback.opens_pass) as move_opens_pass,
            coalesce(direct.opens_next_pass, fallback.opens_next_pass)
                as move_opens_next,
            coalesce(direct.closes_pass_as, fallback.closes_pass_as)
                as move_closes_as,
            (
                events.handover_effect in ('accepts', 'rejects', 'expires', 'ends')
                or coalesce(direct.closes_pass_as, fallback.closes_pass_as) <> ''
                or coalesce(direct.opens_pass, fallback.opens_pass)
            ) as ends_handover,
            case
                when direct.event is null and fallback.event is null then false
                when events.token_event_id is not null
                    then coalesce(events.token_event_id = states.expiry_token, false)
                when events.held_event_id is not null
                    then
                        states.handover_id is not null
                        and coalesce(
                            events.held_event_id = states.held_event_id, false
                        )
                when events.needs_open_handover and direct.event is not null
                    then states.handover_id is not null
                when events.needs_current_opportunity
                    then coalesce(
                        events.opportunity_id = states.opportunity_id, false
                    )
                when events.handover_effect = 'opens'
                    then states.handover_id is null
                else true
            end as is_allowed

        from (

            select
                person_id,
                event_number + 1 as next_event_number,
                stage,
                pass_number,
                handover_id,
                expiry_token,
                opportunity_id,
                held_event_id

            from replayed

        ) as states

        inner join {{ events }} as events
            on states.person_id = events.person_id
            and states.next_event_number = events.event_number

        left join {{ transitions }} as direct
            on events.definition_version = direct.definition_version
            and states.stage = direct.from_stage
            and events.event = direct.event

        left join {{ transitions }} as fallback
            on events.definition_version = fallback.definition_version
            and states.stage = fallback.from_stage
            and events.fallback_event = fallback.event

    ) as steps

)
{%- endmacro %}
