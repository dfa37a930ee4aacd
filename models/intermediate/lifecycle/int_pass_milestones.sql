with

passes as (

    select * from {{ ref('int_passes') }}

),

stage_events as (

    select * from {{ ref('int_stage_events') }}

),

funnel_stages as (

    select * from {{ ref('funnel_stages') }}

),

version_settings as (

    select * from {{ ref('version_settings') }}

),

stages_of_passes as (

    select
        passes.pass_id,
        funnel_stages.stage,
        funnel_stages.stage_rank

    from passes

    inner join version_settings
        on passes.opened_at >= version_settings.applies_from
        and passes.opened_at < version_settings.applies_to

    inner join funnel_stages
        on version_settings.definition_version = funnel_stages.definition_version

    where funnel_stages.is_funnel

),

handover_lines as (

    select
        pass_id,
        max(case when stage = 'mql' then stage_rank end) as handover_rank

    from stages_of_passes

    group by pass_id

),

entries as (

    select
        stages_of_passes.pass_id,
        stages_of_passes.stage,
        stages_of_passes.stage_rank,
        min(stage_events.occurred_at) as entered_at

    from stages_of_passes

    left join stage_events
        on stages_of_passes.pass_id = stage_events.pass_id
        and stages_of_passes.stage = stage_events.stage

    group by
        stages_of_passes.pass_id,
        stages_of_passes.stage,
        stages_of_passes.stage_rank

),

entries_with_reach as (

    select
        pass_id,
        stage,
        entered_at,
        coalesce(
            max(case when entered_at is not null then stage_rank end) over (
                partition by pass_id
            ) >= stage_rank,
            false
        ) as is_reached

    from entries

),

-- Columns are named after the stages, so here the names have to be said. Which stage
-- comes after which is read from the agreement.
milestones_by_pass as (

    select
        pass_id,
        min(case when stage = 'inquiry' then entered_at end) as inquiry_at,
        min(case when stage = 'mql' then entered_at end) as mql_at,
        min(case when stage = 'sal' then entered_at end) as sal_at,
        min(case when stage = 'sql' then entered_at end) as sql_at,
        min(case when stage = 'opportunity' then entered_at end) as opportunity_at,
        min(case when stage = 'customer' then entered_at end) as customer_at,
        bool_or(stage = 'inquiry' and is_reached) as reached_inquiry,
        bool_or(stage = 'mql' and is_reached) as reached_mql,
        bool_or(stage = 'sal' and is_reached) as reached_sal,
        bool_or(stage = 'sql' and is_reached) as reached_sql,
        bool_or(stage = 'opportunity' and is_reached) as reached_opportunity,
        bool_or(stage = 'customer' and is_reached) as reached_customer

    from entries_with_reach

    group by pass_id

),

events_with_position as (

    select
        stage_events.pass_id,
        stage_events.stage,
        stage_events.event,
        stage_events.definition_version,
        stages_of_passes.stage_rank >= handover_lines.handover_rank as is_late,
        row_number() over (
            partition by stage_events.pass_id
            order by stage_events.event_number
        ) as event_position,
        row_number() over (
            partition by stage_events.pass_id
            order by stage_events.event_number desc
        ) as position_from_end,
        row_number() over (
            partition by stage_events.pass_id, stage_events.stage
            order by stage_events.event_number
        ) as entry_number

    from stage_events

    inner join handover_lines on stage_events.pass_id = handover_lines.pass_id

    left join stages_of_passes
        on stage_events.pass_id = stages_of_passes.pass_id
        and stage_events.stage = stages_of_passes.stage

),

late_entries as (

    select
        pass_id,
        event,
        row_number() over (
            partition by pass_id
            order by event_position
        ) as late_position

    from events_with_position

    where is_late

),

-- Ways into the late funnel that say how the person came: not the rule, and not a
-- step that every deal takes.
first_late_entries as (

    select
        pass_id,
        event

    from late_entries

    where
        late_position = 1
        and event in (
            'premature_handover',
            'callback_due',
            'nominated',
            'sales_generated',
            'opportunity_reopened'
        )

),

events_by_pass as (

    select
        pass_id,
        max(case when event_position = 1 then event end) as opening_event,
        max(case when stage = 'inquiry' and entry_number = 1 then event end)
            as inquiry_event,
        max(case when stage = 'mql' and entry_number = 1 then event end) as mql_event,
        max(
            case
                when stage = 'mql' and entry_number = 1 then definition_version
            end
        ) as mql_definition_version,
        max(case when position_from_end = 1 then stage end) as current_stage,
        max(case when position_from_end = 1 then definition_version end)
            as last_definition_version

    from events_with_position

    group by pass_id

),

final as (

    select
        -- ids
        events_by_pass.pass_id,

        -- attributes
        events_by_pass.current_stage,
        coalesce(
            first_late_entries.event,
            events_by_pass.inquiry_event,
            events_by_pass.opening_event
        ) as entry_reason,
        events_by_pass.mql_event,
        -- A pass is judged by the version of its MQL; without one, by the newest.
        case
            when milestones_by_pass.mql_at is not null
                then events_by_pass.mql_definition_version
            else events_by_pass.last_definition_version
        end as definition_version,

        -- flags
        milestones_by_pass.reached_inquiry,
        milestones_by_pass.reached_mql,
        milestones_by_pass.reached_sal,
        milestones_by_pass.reached_sql,
        milestones_by_pass.reached_opportunity,
        milestones_by_pass.reached_customer,

        -- timestamps
        milestones_by_pass.inquiry_at,
        milestones_by_pass.mql_at,
        milestones_by_pass.sal_at,
        milestones_by_pass.sql_at,
        milestones_by_pass.opportunity_at,
        milestones_by_pass.customer_at

    from events_by_pass

    inner join milestones_by_pass
        on events_by_pass.pass_id = milestones_by_pass.pass_id

    left join first_late_entries
        on events_by_pass.pass_id = first_late_entries.pass_id

)

select * from final
