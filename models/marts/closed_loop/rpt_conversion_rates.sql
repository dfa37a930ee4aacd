with

cohort_conversion as (

    select * from {{ ref('rpt_cohort_conversion') }}

),

conversion_steps as (

    select * from {{ ref('conversion_steps') }}

),

report_settings as (

    select * from {{ ref('report_settings') }}

),

labels as (

    select
        conversion_steps.from_stage,
        conversion_steps.to_stage,
        conversion_steps.label_nl,
        conversion_steps.label_en

    from report_settings

    inner join conversion_steps
        on report_settings.definition_version = conversion_steps.definition_version

),

at_horizon as (

    select * from cohort_conversion

    where is_at_horizon

),

-- The last age with someone in sight is as far as a young cohort can be told.
ages_from_the_last as (

    select
        *,
        row_number() over (
            partition by cohort_month, from_stage, to_stage, slice, slice_value
            order by age_days desc nulls last
        ) as age_number,
        lead(conversion_rate) over (
            partition by cohort_month, from_stage, to_stage, slice, slice_value
            order by age_days desc nulls last
        ) as conversion_rate_before

    from cohort_conversion

    where at_risk > 0 and age_days <= horizon_days

),

-- Nobody lasted to the horizon where the last in sight were lost in the day that ends
-- with it. At the end of the day before they still were in sight.
last_known as (

    select
        cohort_month,
        from_stage,
        to_stage,
        slice,
        slice_value,
        case when conversion_rate is null then age_days - 1 else age_days end
            as observed_days,
        coalesce(conversion_rate, conversion_rate_before, 0) as conversion_rate

    from ages_from_the_last

    where age_number = 1

),

up_to_now as (

    select
        cohort_month,
        from_stage,
        to_stage,
        slice,
        slice_value,
        max(reached_count) as reached_count,
        max(ended_count) as ended_count

    from cohort_conversion

    group by cohort_month, from_stage, to_stage, slice, slice_value

),

final as (

    select
        -- ids
        {{ hash_key([
            'at_horizon.cohort_month', 'at_horizon.from_stage', 'at_horizon.to_stage',
            'at_horizon.slice', 'at_horizon.slice_value',
        ]) }} as conversion_rate_id,

        -- attributes
        at_horizon.from_stage,
        at_horizon.to_stage,
        labels.label_nl,
        labels.label_en,
        at_horizon.slice,
        at_horizon.slice_value,
        at_horizon.horizon_days,
        last_known.observed_days,

        -- amounts
        at_horizon.cohort_size,
        cast(up_to_now.reached_count as bigint) as reached_count,
        at_horizon.reached_count as reached_within_horizon_count,
        cast(
            up_to_now.reached_count / cast(at_horizon.cohort_size as double)
            as decimal(18, 6)
        ) as naive_rate,
        cast(
            up_to_now.reached_count / nullif(cast(up_to_now.ended_count as double), 0)
            as decimal(18, 6)
        ) as closed_only_rate,
        at_horizon.mature_rate,
        at_horizon.conversion_rate,
        at_horizon.lower_95,
        at_horizon.upper_95,
        at_horizon.competing_rate,
        at_horizon.survival,
        last_known.conversion_rate as observed_conversion_rate,

        -- flags
        at_horizon.is_mature,

        -- dates
        at_horizon.cohort_month

    from at_horizon

    inner join up_to_now
        on at_horizon.cohort_month = up_to_now.cohort_month
        and at_horizon.from_stage = up_to_now.from_stage
        and at_horizon.to_stage = up_to_now.to_stage
        and at_horizon.slice = up_to_now.slice
        and at_horizon.slice_value = up_to_now.slice_value

    inner join labels
        on at_horizon.from_stage = labels.from_stage
        and at_horizon.to_stage = labels.to_stage

    left join last_known
        on at_horizon.cohort_month = last_known.cohort_month
        and at_horizon.from_stage = last_known.from_stage
        and at_horizon.to_stage = last_known.to_stage
        and at_horizon.slice = last_known.slice
        and at_horizon.slice_value = last_known.slice_value

)

select * from final
