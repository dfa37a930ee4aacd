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

-- Columns are named after the stages, so here the names have to be said. Which stage
-- comes after which is read from the agreement.
ranks_by_version as (

    select
        definition_version,
        min(case when stage = 'inquiry' then stage_rank end) as inquiry_rank,
        min(case when stage = 'mql' then stage_rank end) as mql_rank,
        min(case when stage = 'sal' then stage_rank end) as sal_rank,
        min(case when stage = 'sql' then stage_rank end) as sql_rank,
        min(case when stage = 'opportunity' then stage_rank end) as opportunity_rank,
        min(case when stage = 'customer' then stage_rank end) as customer_rank

    from funnel_stages

    where is_funnel

    group by definition_version

),

-- A pass is measured by the stages that were agreed when it opened.
passes_with_version as (

    select
        passes.pass_id,
        version_settings.definition_version as opening_version

    from passes

    inner join version_settings
        on passes.opened_at >= version_settings.applies_from
        and passes.opened_at < version_settings.applies_to

),

events_with_rank as (

    select
        stage_events.pass_id,
        stage_events.event_number,
        stage_events.stage,
        stage_events.event,
        stage_events.occurred_at,
        passes_with_version.opening_version,
        funnel_stages.stage as funnel_stage,
        funnel_stages.stage_rank,
        case
            when funnel_stages.stage_rank >= ranks_by_version.mql_rank
                then stage_events.event_number
        end as late_number,
        -- Null would be passed over by what looks for the first or the last.
        coalesce(stage_events.definition_version, '') as definition_version

    from stage_events

    inner join passes_with_version
        on stage_events.pass_id = passes_with_version.pass_id

    inner join ranks_by_version
        on passes_with_version.opening_version = ranks_by_version.definition_version

    left join funnel_stages
        on passes_with_version.opening_version = funnel_stages.definition_version
        and stage_events.stage = funnel_stages.stage
        and funnel_stages.is_funnel

),

events_by_pass as (

    select
        pass_id,
        opening_version,
        max(stage_rank) as highest_rank,
        min(case when funnel_stage = 'inquiry' then occurred_at end) as inquiry_at,
        min(case when funnel_stage = 'mql' then occurred_at end) as mql_at,
        min(case when funnel_stage = 'sal' then occurred_at end) as sal_at,
        min(case when funnel_stage = 'sql' then occurred_at end) as sql_at,
        min(case when funnel_stage = 'opportunity' then occurred_at end)
            as opportunity_at,
        min(case when funnel_stage = 'customer' then occurred_at end) as customer_at,
        min_by(event, event_number) as opening_event,
        min_by(event, case when stage = 'inquiry' then event_number end)
            as inquiry_event,
        min_by(event, case when stage = 'mql' then event_number end) as mql_event,
        min_by(event, late_number) as first_late_event,
        min_by(
            definition_version, case when funnel_stage = 'mql' then event_number end
        ) as mql_definition_version,
        max_by(stage, event_number) as current_stage,
        max_by(definition_version, event_number) as last_definition_version

    from events_with_rank

    group by pass_id, opening_version

),

final as (

    select
        -- ids
        events_by_pass.pass_id,

        -- attributes
        events_by_pass.current_stage,
        -- Ways into the late funnel that say how the person came: not the rule, and no
        -- step that every deal takes.
        case
            when
                events_by_pass.first_late_event in (
                    'premature_handover',
                    'callback_due',
                    'nominated',
                    'sales_generated',
                    'opportunity_reopened'
                )
                then events_by_pass.first_late_event
            else coalesce(events_by_pass.inquiry_event, events_by_pass.opening_event)
        end as entry_reason,
        events_by_pass.mql_event,
        -- A pass is judged by the version of its MQL; without one, by the newest.
        nullif(
            coalesce(
                events_by_pass.mql_definition_version,
                events_by_pass.last_definition_version
            ),
            ''
        ) as definition_version,

        -- flags
        coalesce(
            events_by_pass.highest_rank >= ranks_by_version.inquiry_rank, false
        ) as reached_inquiry,
        coalesce(
            events_by_pass.highest_rank >= ranks_by_version.mql_rank, false
        ) as reached_mql,
        coalesce(
            events_by_pass.highest_rank >= ranks_by_version.sal_rank, false
        ) as reached_sal,
        coalesce(
            events_by_pass.highest_rank >= ranks_by_version.sql_rank, false
        ) as reached_sql,
        coalesce(
            events_by_pass.highest_rank >= ranks_by_version.opportunity_rank, false
        ) as reached_opportunity,
        coalesce(
            events_by_pass.highest_rank >= ranks_by_version.customer_rank, false
        ) as reached_customer,

        -- timestamps
        events_by_pass.inquiry_at,
        events_by_pass.mql_at,
        events_by_pass.sal_at,
        events_by_pass.sql_at,
        events_by_pass.opportunity_at,
        events_by_pass.customer_at

    from events_by_pass

    inner join ranks_by_version
        on events_by_pass.opening_version = ranks_by_version.definition_version

)

select * from final
