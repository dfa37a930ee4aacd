with

funnel as (

    select * from {{ ref('fct_funnel') }}

),

report_settings as (

    select * from {{ ref('report_settings') }}

),

as_of as (

    select * from {{ ref('as_of') }}

),

-- A pass that jumped over SAL reached it with the first stage beyond it.
passes as (

    select
        person_id,
        pass_number,
        outcome,
        closed_month,
        coalesce(sal_at, sql_at, opportunity_at, customer_at) as reached_sal_at,
        closed_at

    from funnel

),

passes_with_next as (

    select
        outcome,
        closed_month as cohort_month,
        closed_at,
        lead(reached_sal_at) over person_life as next_sal_at,
        lead(closed_at) over person_life as next_closed_at

    from passes

    window person_life as (
        partition by person_id
        order by pass_number
    )

),

-- The next pass is accepted, closes before that, or is still open.
recycled as (

    select
        passes_with_next.cohort_month,
        report_settings.maturity_days_lost_recovery as horizon_days,
        {{ seconds_between(
            'passes_with_next.closed_at',
            'coalesce(passes_with_next.next_sal_at, passes_with_next.next_closed_at,'
            ~ ' as_of.as_of)'
        ) }} as age_seconds,
        case when passes_with_next.next_sal_at is not null then 1 else 0 end
            as recovered_count,
        case
            when
                passes_with_next.next_sal_at is null
                and passes_with_next.next_closed_at is not null
                then 1
            else 0
        end as closed_count,
        case
            when
                passes_with_next.next_sal_at is null
                and passes_with_next.next_closed_at is null
                then 1
            else 0
        end as open_count

    from passes_with_next

    cross join report_settings

    cross join as_of

    where passes_with_next.outcome = 'recycled'

),

horizons as (

    select distinct
        cohort_month,
        horizon_days,
        cast(horizon_days as bigint) * 86400 as age_seconds,
        0 as recovered_count,
        0 as closed_count,
        0 as open_count

    from recycled

),

recycled_and_horizons as (

    select * from recycled

    union all

    select * from horizons

),

estimates as (

    {{ aalen_johansen(
        'recycled_and_horizons',
        groups=['cohort_month', 'horizon_days'],
        age='age_seconds',
        events='recovered_count',
        competing='closed_count',
        censored='open_count',
    ) }}

),

counted as (

    select
        cohort_month,
        horizon_days,
        count(*) as recycled_count,
        sum(recovered_count) as recovered_count,
        sum(
            case
                when age_seconds <= cast(horizon_days as bigint) * 86400
                    then recovered_count
                else 0
            end
        ) as recovered_within_horizon_count

    from recycled

    group by cohort_month, horizon_days

),

final as (

    select
        -- dates
        counted.cohort_month,

        -- amounts
        cast(counted.horizon_days as integer) as horizon_days,
        cast(counted.recycled_count as bigint) as recycled_count,
        cast(counted.recovered_count as bigint) as recovered_count,
        cast(counted.recovered_within_horizon_count as bigint)
            as recovered_within_horizon_count,
        cast(
            cast(counted.recovered_count as double) / nullif(counted.recycled_count, 0)
            as decimal(18, 6)
        ) as naive_rate,
        cast(estimates.event_incidence as decimal(18, 6)) as recovery_rate,

        -- flags
        as_of.as_of >= {{ instant_after_seconds(
            local_day_start("cast(counted.cohort_month + interval '1' month as date)"),
            'cast(counted.horizon_days as bigint) * 86400'
        ) }} as is_mature

    from counted

    inner join estimates
        on counted.cohort_month = estimates.cohort_month
        and cast(counted.horizon_days as bigint) * 86400 = estimates.age_seconds

    cross join as_of

)

select * from final
