with

as_of as (

    select * from {{ ref('as_of') }}

),

report_settings as (

    select * from {{ ref('report_settings') }}

),

definition_settings as (

    select * from {{ ref('definition_settings') }}

),

conversion_steps as (

    select * from {{ ref('conversion_steps') }}

),

funnel_stages as (

    select * from {{ ref('funnel_stages') }}

),

stage_periods as (

    select * from {{ ref('int_stage_periods') }}

),

opportunity_stage_periods as (

    select * from {{ ref('int_opportunity_stage_periods') }}

),

-- The next step is the one that the agreement gives the least time.
days_to_next_step as (

    select
        conversion_steps.from_stage as stage,
        min(cast(definition_settings.value as integer)) as maturity_days

    from conversion_steps

    inner join report_settings
        on conversion_steps.definition_version = report_settings.definition_version

    inner join definition_settings
        on conversion_steps.definition_version = definition_settings.definition_version
        and conversion_steps.maturity_setting = definition_settings.setting

    group by conversion_steps.from_stage

),

lifecycle_stages as (

    select
        'lifecycle' as stage_kind,
        funnel_stages.stage,
        coalesce(
            days_to_next_step.maturity_days, report_settings.stalled_fallback_days
        ) as maturity_days

    from funnel_stages

    inner join report_settings
        on funnel_stages.definition_version = report_settings.definition_version

    left join days_to_next_step on funnel_stages.stage = days_to_next_step.stage

    where funnel_stages.kind = 'open'

),

crm_stages as (

    select distinct
        'crm' as stage_kind,
        opportunity_stage_periods.crm_stage as stage,
        report_settings.stalled_fallback_days as maturity_days

    from opportunity_stage_periods

    cross join report_settings

),

stages as (

    select * from lifecycle_stages

    union all

    select * from crm_stages

),

stays as (

    select
        'lifecycle' as stage_kind,
        stage,
        valid_from,
        valid_to,
        duration_days

    from stage_periods

    union all

    select
        'crm' as stage_kind,
        crm_stage as stage,
        valid_from,
        valid_to,
        duration_days

    from opportunity_stage_periods

),

-- Of recent entries only the quick ones have left; they would set the limit too low.
mature_exits as (

    select
        stages.stage_kind,
        stages.stage,
        stays.duration_days,
        row_number() over (
            partition by stages.stage_kind, stages.stage
            order by stays.duration_days nulls last
        ) as exit_number,
        count(*) over (partition by stages.stage_kind, stages.stage) as exit_count

    from stages

    inner join stays
        on stages.stage_kind = stays.stage_kind
        and stages.stage = stays.stage

    cross join as_of

    where
        stays.valid_to <= as_of.as_of
        and {{ seconds_between('stays.valid_from', 'as_of.as_of') }}
        >= stages.maturity_days * 86400

),

-- The shortest stay that at least the agreed share of the exits did not exceed.
limits_of_history as (

    select
        mature_exits.stage_kind,
        mature_exits.stage,
        max(mature_exits.exit_count) as exit_count,
        min(
            case
                when
                    mature_exits.exit_number
                    >= report_settings.stalled_percentile * mature_exits.exit_count
                    then mature_exits.duration_days
            end
        ) as limit_days

    from mature_exits

    cross join report_settings

    group by mature_exits.stage_kind, mature_exits.stage

),

final as (

    select
        stages.stage_kind,
        stages.stage,
        case
            when limits_of_history.exit_count >= report_settings.stalled_minimum_exits
                then limits_of_history.limit_days
            else cast(report_settings.stalled_fallback_days as decimal(18, 6))
        end as stalled_limit_days,
        case
            when limits_of_history.exit_count >= report_settings.stalled_minimum_exits
                then 'history'
            else 'agreement'
        end as stalled_limit_source,
        coalesce(limits_of_history.exit_count, 0) as mature_exit_count

    from stages

    cross join report_settings

    left join limits_of_history
        on stages.stage_kind = limits_of_history.stage_kind
        and stages.stage = limits_of_history.stage

)

select * from final
