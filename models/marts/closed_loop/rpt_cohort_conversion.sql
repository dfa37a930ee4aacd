with

step_entries as (

    select * from {{ ref('int_step_entries') }}

),

report_settings as (

    select * from {{ ref('report_settings') }}

),

as_of as (

    select * from {{ ref('as_of') }}

),

sliced_entries as (

    {{ sliced_entries('step_entries') }}

),

distinct_groups as (

    select distinct
        cohort_month,
        from_stage,
        to_stage,
        slice,
        slice_value,
        horizon_days,
        matures_at

    from sliced_entries

),

-- The windows of the estimate go by one number for each group: each of them would have
-- to sort seven columns of texts and days.
numbered_groups as (

    select
        *,
        row_number() over (
            order by
                cohort_month nulls last,
                from_stage nulls last,
                to_stage nulls last,
                slice nulls last,
                slice_value nulls last
        ) as group_number

    from distinct_groups

),

counted_entries as (

    select
        numbered_groups.group_number,
        sliced_entries.age_seconds,
        sliced_entries.age_days,
        case when sliced_entries.outcome = 'reached' then 1 else 0 end
            as reached_count,
        case
            when sliced_entries.outcome <> 'reached' and not sliced_entries.is_censored
                then 1
            else 0
        end as competing_count,
        case when sliced_entries.is_censored then 1 else 0 end as censored_count

    from sliced_entries

    inner join numbered_groups
        on sliced_entries.cohort_month = numbered_groups.cohort_month
        and sliced_entries.from_stage = numbered_groups.from_stage
        and sliced_entries.to_stage = numbered_groups.to_stage
        and sliced_entries.slice = numbered_groups.slice
        and sliced_entries.slice_value = numbered_groups.slice_value
        and sliced_entries.horizon_days = numbered_groups.horizon_days
        and sliced_entries.matures_at = numbered_groups.matures_at

),

-- The share at the horizon is asked for, whether or not something happened there.
horizons as (

    select
        group_number,
        cast(horizon_days as bigint) * 86400 as age_seconds,
        horizon_days as age_days,
        0 as reached_count,
        0 as competing_count,
        0 as censored_count

    from numbered_groups

),

entries_and_horizons as (

    select * from counted_entries

    union all

    select * from horizons

),

-- The estimate goes by seconds, so nobody counts as followed for longer than they were;
-- of each day the report has what was known at its end.
estimates as (

    {{ aalen_johansen(
        'entries_and_horizons',
        groups=['group_number'],
        age='age_seconds',
        events='reached_count',
        competing='competing_count',
        censored='censored_count',
        period='age_days',
    ) }}

),

with_rates as (

    select
        estimates.*,
        numbered_groups.cohort_month,
        numbered_groups.from_stage,
        numbered_groups.to_stage,
        numbered_groups.slice,
        numbered_groups.slice_value,
        numbered_groups.horizon_days,
        report_settings.small_sample_minimum,
        {{ normal_quantile('(1 + report_settings.confidence_level) / 2') }} as quantile,
        as_of.as_of >= numbered_groups.matures_at as is_mature,
        estimates.age_days = numbered_groups.horizon_days as is_at_horizon,
        estimates.events_so_far
        / cast(estimates.group_size as double) as naive_rate,
        estimates.events_so_far
        / nullif(cast(estimates.ended_so_far as double), 0) as closed_only_rate

    from estimates

    inner join numbered_groups
        on estimates.group_number = numbered_groups.group_number

    cross join report_settings

    cross join as_of

),

final as (

    select
        -- ids
        {{ hash_key([
            'cohort_month', 'from_stage', 'to_stage', 'slice', 'slice_value', 'age_days'
        ]) }} as cohort_conversion_id,

        -- attributes
        from_stage,
        to_stage,
        slice,
        slice_value,
        age_days,
        horizon_days,

        -- amounts
        group_size as cohort_size,
        at_risk,
        events_so_far as reached_count,
        ended_so_far as ended_count,
        cast(naive_rate as decimal(18, 6)) as naive_rate,
        cast(
            case
                when group_size < small_sample_minimum
                    then {{ wilson_lower('naive_rate', 'group_size', 'quantile') }}
            end as decimal(18, 6)
        ) as wilson_lower,
        cast(
            case
                when group_size < small_sample_minimum
                    then {{ wilson_upper('naive_rate', 'group_size', 'quantile') }}
            end as decimal(18, 6)
        ) as wilson_upper,
        cast(closed_only_rate as decimal(18, 6)) as closed_only_rate,
        cast(event_incidence as decimal(18, 6)) as conversion_rate,
        cast(
            {{ wilson_lower('event_incidence', 'effective_size', 'quantile') }}
            as decimal(18, 6)
        ) as lower_95,
        cast(
            {{ wilson_upper('event_incidence', 'effective_size', 'quantile') }}
            as decimal(18, 6)
        ) as upper_95,
        cast(competing_incidence as decimal(18, 6)) as competing_rate,
        cast(survival as decimal(18, 6)) as survival,
        cast(
            case
                when is_mature
                    then
                        max(case when is_at_horizon then naive_rate end) over (
                            partition by group_number
                        )
            end as decimal(18, 6)
        ) as mature_rate,

        -- flags
        is_mature,
        is_at_horizon,

        -- dates
        cohort_month

    from with_rates

)

select * from final
