with

as_of as (

    select * from {{ ref('as_of') }}

),

report_settings as (

    select * from {{ ref('report_settings') }}

),

funnel_stages as (

    select * from {{ ref('funnel_stages') }}

),

quarterly_plan as (

    select * from {{ ref('quarterly_plan') }}

),

bookings as (

    select * from {{ ref('fct_bookings') }}

),

pipeline as (

    select * from {{ ref('rpt_pipeline') }}

),

created_amounts as (

    select * from {{ ref('int_created_amounts') }}

),

conversion_rates as (

    select * from {{ ref('rpt_conversion_rates') }}

),

booked as (

    select
        cast(date_trunc('quarter', booked_on) as date) as quarter_start,
        sum(case when kind = 'contract' then amount_eur else 0 end) as booked_eur,
        sum(amount_eur) as net_revenue_eur

    from bookings

    group by cast(date_trunc('quarter', booked_on) as date)

),

created as (

    select
        cast(date_trunc('quarter', created_on) as date) as quarter_start,
        sum(created_amount_eur) as created_amount_eur

    from created_amounts

    group by cast(date_trunc('quarter', created_on) as date)

),

closing as (

    select
        closing_quarter as quarter_start,
        count(*) as open_count,
        sum(amount_eur) as open_amount_eur,
        sum(weighted_amount_eur) as weighted_amount_eur,
        sum(case when is_past_close_date then amount_eur else 0 end)
            as past_close_date_amount_eur

    from pipeline

    group by closing_quarter

),

-- Deal sizes of the same window as the win rates of the pipeline.
recent_contracts as (

    select bookings.amount_eur

    from bookings

    cross join as_of

    cross join report_settings

    where
        bookings.kind = 'contract'
        and bookings.booked_on <= as_of.as_of_date_local
        and {{ days_between_dates('bookings.booked_on', 'as_of.as_of_date_local') }}
        < report_settings.weighted_pipeline_window_days

),

deal_size as (

    select
        count(*) as contract_count,
        cast(sum(amount_eur) as double) / nullif(count(*), 0) as mean_deal_eur,
        median(cast(amount_eur as double)) as median_deal_eur

    from recent_contracts

),

-- The step from the stage that marketing hands over in to the last one of the funnel.
handover_stages as (

    select
        funnel_stages.stage,
        row_number() over (
            order by funnel_stages.stage_rank nulls last, funnel_stages.stage nulls last
        ) as stage_number

    from funnel_stages

    inner join report_settings
        on funnel_stages.definition_version = report_settings.definition_version

    where
        funnel_stages.is_funnel
        and funnel_stages.owner_team <> funnel_stages.owner_team_when_assigned

),

last_stages as (

    select
        funnel_stages.stage,
        row_number() over (
            order by
                funnel_stages.stage_rank desc nulls last,
                funnel_stages.stage asc nulls last
        ) as stage_number

    from funnel_stages

    inner join report_settings
        on funnel_stages.definition_version = report_settings.definition_version

    where funnel_stages.is_funnel

),

-- A ratio of sums over the mature months; a mean of monthly rates would let a small
-- month count as much as a large one.
mql_win_rate as (

    select
        cast(sum(conversion_rates.reached_within_horizon_count) as double)
        / nullif(sum(conversion_rates.cohort_size), 0) as win_rate

    from conversion_rates

    inner join handover_stages
        on conversion_rates.from_stage = handover_stages.stage
        and handover_stages.stage_number = 1

    inner join last_stages
        on conversion_rates.to_stage = last_stages.stage
        and last_stages.stage_number = 1

    where
        conversion_rates.slice = 'all'
        and conversion_rates.is_mature

),

quarters as (

    select
        quarterly_plan.quarter_starts_on as quarter_start,
        quarterly_plan.bookings_target_eur,
        coalesce(booked.booked_eur, 0) as booked_eur,
        coalesce(booked.net_revenue_eur, 0) as net_revenue_eur,
        greatest(
            quarterly_plan.bookings_target_eur - coalesce(booked.booked_eur, 0), 0
        ) as remaining_target_eur,
        coalesce(created.created_amount_eur, 0) as created_pipeline_eur,
        coalesce(closing.open_count, 0) as open_opportunity_count,
        coalesce(closing.open_amount_eur, 0) as open_pipeline_eur,
        coalesce(closing.weighted_amount_eur, 0) as weighted_pipeline_eur,
        coalesce(closing.past_close_date_amount_eur, 0) as past_close_date_eur,
        {{ add_local_months('quarterly_plan.quarter_starts_on', 3) }}
        <= as_of.as_of_date_local as is_quarter_complete

    from quarterly_plan

    cross join as_of

    left join booked on quarterly_plan.quarter_starts_on = booked.quarter_start

    left join created on quarterly_plan.quarter_starts_on = created.quarter_start

    left join closing on quarterly_plan.quarter_starts_on = closing.quarter_start

),

-- Nothing covers a quarter that is over. Rounded before it is rounded up: 1,000.0000001
-- leads are a thousand.
final as (

    select
        -- dates
        quarters.quarter_start,
        cast(
            {{ add_local_months('quarters.quarter_start', 3) }} - interval '1' day
            as date
        ) as quarter_end,

        -- amounts
        cast(quarters.bookings_target_eur as decimal(18, 2)) as bookings_target_eur,
        cast(quarters.booked_eur as decimal(18, 2)) as booked_eur,
        cast(quarters.net_revenue_eur as decimal(18, 2)) as net_revenue_eur,
        cast(quarters.remaining_target_eur as decimal(18, 2)) as remaining_target_eur,
        cast(quarters.created_pipeline_eur as decimal(18, 2)) as created_pipeline_eur,
        cast(quarters.open_opportunity_count as bigint) as open_opportunity_count,
        cast(quarters.open_pipeline_eur as decimal(18, 2)) as open_pipeline_eur,
        cast(quarters.weighted_pipeline_eur as decimal(18, 2)) as weighted_pipeline_eur,
        cast(quarters.past_close_date_eur as decimal(18, 2)) as past_close_date_eur,
        cast(
            case
                when not quarters.is_quarter_complete
                    then
                        cast(quarters.open_pipeline_eur as double)
                        / nullif(cast(quarters.remaining_target_eur as double), 0)
            end
            as decimal(18, 6)
        ) as coverage,
        cast(deal_size.contract_count as bigint) as contract_count,
        cast(deal_size.mean_deal_eur as decimal(18, 2)) as mean_deal_eur,
        cast(deal_size.median_deal_eur as decimal(18, 2)) as median_deal_eur,
        cast(mql_win_rate.win_rate as decimal(18, 6)) as mql_win_rate,
        cast(
            case
                when not quarters.is_quarter_complete
                    then
                        ceil(
                            round(
                                cast(quarters.remaining_target_eur as double)
                                / nullif(
                                    deal_size.mean_deal_eur * mql_win_rate.win_rate, 0
                                ),
                                6
                            )
                        )
            end
            as bigint
        ) as needed_mql_count,

        -- flags
        quarters.remaining_target_eur = 0 as is_target_met,
        quarters.is_quarter_complete

    from quarters

    cross join deal_size

    cross join mql_win_rate

)

select * from final
