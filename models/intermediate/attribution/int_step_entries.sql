with

conversion_steps as (

    select * from {{ ref('conversion_steps') }}

),

definition_settings as (

    select * from {{ ref('definition_settings') }}

),

funnel_stages as (

    select * from {{ ref('funnel_stages') }}

),

report_settings as (

    select * from {{ ref('report_settings') }}

),

passes as (

    select * from {{ ref('int_passes') }}

),

stage_events as (

    select * from {{ ref('int_stage_events') }}

),

mql_events as (

    select * from {{ ref('int_mql_events') }}

),

first_touches as (

    select * from {{ ref('int_pass_first_touches') }}

),

as_of as (

    select * from {{ ref('as_of') }}

),

-- The MQL is the first stage in which a lead is handed to the other team.
handover_line as (

    select
        definition_version,
        min(stage_rank) as handover_rank

    from funnel_stages

    where is_funnel and owner_team <> owner_team_when_assigned

    group by definition_version

),

steps as (

    select
        conversion_steps.from_stage,
        conversion_steps.to_stage,
        target_stages.stage_rank as target_rank,
        start_stages.stage_rank >= handover_line.handover_rank as starts_after_mql,
        cast(definition_settings.value as integer) as horizon_days

    from report_settings

    inner join conversion_steps
        on report_settings.definition_version = conversion_steps.definition_version

    inner join handover_line
        on conversion_steps.definition_version = handover_line.definition_version

    inner join funnel_stages as start_stages
        on conversion_steps.definition_version = start_stages.definition_version
        and conversion_steps.from_stage = start_stages.stage

    inner join funnel_stages as target_stages
        on conversion_steps.definition_version = target_stages.definition_version
        and conversion_steps.to_stage = target_stages.stage

    inner join definition_settings
        on conversion_steps.definition_version = definition_settings.definition_version
        and conversion_steps.maturity_setting = definition_settings.setting

),

stage_entries as (

    select
        stage_events.pass_id,
        stage_events.stage,
        funnel_stages.stage_rank,
        min(stage_events.occurred_at) as entered_at

    from stage_events

    cross join report_settings

    inner join funnel_stages
        on report_settings.definition_version = funnel_stages.definition_version
        and stage_events.stage = funnel_stages.stage

    where funnel_stages.is_funnel

    group by stage_events.pass_id, stage_events.stage, funnel_stages.stage_rank

),

-- A stage that was jumped over is reached with the first one beyond it. Whoever jumped
-- over the first stage of a step never entered the step.
step_entries as (

    select
        entries.pass_id,
        steps.from_stage,
        steps.to_stage,
        steps.horizon_days,
        steps.starts_after_mql,
        entries.entered_at,
        min(later_entries.entered_at) as reached_at

    from steps

    inner join stage_entries as entries on steps.from_stage = entries.stage

    left join stage_entries as later_entries
        on entries.pass_id = later_entries.pass_id
        and steps.target_rank <= later_entries.stage_rank

    group by
        entries.pass_id,
        steps.from_stage,
        steps.to_stage,
        steps.horizon_days,
        steps.starts_after_mql,
        entries.entered_at

),

with_end as (

    select
        step_entries.pass_id,
        passes.person_id,
        passes.pass_number,
        passes.pass_type,
        step_entries.from_stage,
        step_entries.to_stage,
        step_entries.horizon_days,
        step_entries.entered_at,
        case when step_entries.starts_after_mql then step_entries.pass_id end
            as graded_pass_id,
        case
            when step_entries.reached_at is not null then 'reached'
            else coalesce(passes.outcome, 'open')
        end as outcome,
        coalesce(
            step_entries.reached_at,
            passes.closed_at,
            -- A day of signing ends after an export of that day.
            greatest(as_of.as_of, step_entries.entered_at)
        ) as ended_at

    from step_entries

    inner join passes on step_entries.pass_id = passes.pass_id

    cross join as_of

),

-- What came to light after the entry does not say in which group a pass entered. The
-- grade of an MQL that comes with the inquiry, in one second, comes after it too.
with_what_was_known as (

    select
        with_end.pass_id,
        with_end.person_id,
        with_end.pass_number,
        with_end.pass_type,
        with_end.from_stage,
        with_end.to_stage,
        with_end.horizon_days,
        with_end.outcome,
        with_end.entered_at,
        with_end.ended_at,
        mql_events.fit_grade,
        first_touches.channel as first_touch_channel,
        {{ local_month('with_end.entered_at') }} as cohort_month,
        {{ seconds_between('with_end.entered_at', 'with_end.ended_at') }}
            as age_seconds

    from with_end

    left join mql_events
        on with_end.graded_pass_id = mql_events.pass_id
        and with_end.entered_at >= mql_events.occurred_at

    left join first_touches
        on with_end.pass_id = first_touches.pass_id
        and with_end.entered_at >= first_touches.occurred_at

),

final as (

    select
        -- ids
        pass_id,
        person_id,

        -- attributes
        from_stage,
        to_stage,
        outcome,
        pass_number,
        pass_type,
        first_touch_channel,
        fit_grade,
        age_seconds,
        cast(ceil(cast(age_seconds as double) / 86400) as integer) as age_days,
        horizon_days,

        -- flags
        outcome = 'open' as is_censored,

        -- timestamps
        entered_at,
        ended_at,
        {{ instant_after_seconds(
            local_day_start("cohort_month + interval '1' month"),
            'horizon_days * 86400'
        ) }} as matures_at,

        -- dates
        cohort_month

    from with_what_was_known

)

select * from final
