-- At every age of a cohort, the share that reached the stage, the one that ended
-- otherwise and the one still open make one. A row is an age at which they do not.
with

cohort_conversion as (

    select * from {{ ref('rpt_cohort_conversion') }}

),

-- Each of the three is rounded to six decimals.
unbalanced as (

    select
        cohort_month,
        from_stage,
        to_stage,
        slice,
        slice_value,
        age_days,
        conversion_rate,
        competing_rate,
        survival

    from cohort_conversion

    where
        abs(conversion_rate + competing_rate + survival - 1) > 0.0000015
        or (conversion_rate is null) <> (competing_rate is null)
        or (conversion_rate is null) <> (survival is null)

)

select * from unbalanced
