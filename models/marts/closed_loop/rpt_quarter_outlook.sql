with

as_of as (

    select * from {{ ref('as_of') }}

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

lead_values as (

    select * from {{ ref('rpt_lead_values') }}

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

-- The rate is made of its counts again: in six decimals a third is less than a third,
-- and takes one lead too many.
value_of_all as (

    select
        contract_count,
        mean_deal_eur,
        median_deal_eur,
        win_rate,
        cast(mean_deal_eur as double) * (cast(won_count as double) / mql_count)
            as expected_value_eur

    from lead_values

    where slice = 'all'

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
        value_of_all.contract_count,
        value_of_all.mean_deal_eur,
        value_of_all.median_deal_eur,
        value_of_all.win_rate as mql_win_rate,
        cast(
            case
                when not quarters.is_quarter_complete
                    then
                        ceil(
                            round(
                                cast(quarters.remaining_target_eur as double)
                                / nullif(value_of_all.expected_value_eur, 0),
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

    cross join value_of_all

)

select * from final
