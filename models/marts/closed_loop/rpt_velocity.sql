with

as_of as (

    select * from {{ ref('as_of') }}

),

report_settings as (

    select * from {{ ref('report_settings') }}

),

dates as (

    select * from {{ ref('dates') }}

),

opportunities as (

    select * from {{ ref('fct_opportunities') }}

),

funnel as (

    select * from {{ ref('fct_funnel') }}

),

closed as (

    select
        opportunities.opportunity_id,
        opportunities.outcome,
        opportunities.closed_amount_eur,
        opportunities.closed_on,
        {{ days_between_dates(
            local_date('opportunities.created_at'), 'opportunities.closed_on'
        ) }} as cycle_days,
        {{ days_between_dates(
            local_date('funnel.inquiry_at'), 'opportunities.closed_on'
        ) }} as days_from_inquiry

    from opportunities

    left join funnel on opportunities.primary_pass_id = funnel.pass_id

    where opportunities.closed_on is not null

),

first_closed as (

    select min(closed_on) as closed_on from closed

),

-- The current month is measured up to `as_of`, every other one to its end.
month_ends as (

    select
        dates.month_start,
        min(as_of.as_of_date_local) as as_of_date_local,
        max(dates.date_day) as window_ends_on

    from dates

    cross join as_of

    inner join first_closed on dates.date_day >= first_closed.closed_on

    where dates.date_day <= as_of.as_of_date_local

    group by dates.month_start

),

windows as (

    select
        month_ends.month_start,
        month_ends.window_ends_on,
        cast(
            month_ends.window_ends_on
            - (report_settings.velocity_window_days - 1) * interval '1' day
            as date
        ) as window_starts_on,
        {{ add_local_months('month_ends.month_start', 1) }}
        <= month_ends.as_of_date_local as is_month_complete

    from month_ends

    cross join report_settings

),

-- One cohort for all four factors: what was decided in the window. A median of no wins
-- is null, and so is every ratio of none.
decided as (

    select
        windows.month_start,
        count(closed.opportunity_id) as qualified_count,
        count(case when closed.outcome = 'won' then 1 end) as won_count,
        sum(closed.closed_amount_eur) as closed_amount_eur,
        sum(case when closed.outcome = 'won' then closed.closed_amount_eur end)
            as won_amount_eur,
        count(case when closed.outcome = 'won' then closed.closed_amount_eur end)
            as won_amount_count,
        median(
            case
                when closed.outcome = 'won'
                    then cast(closed.closed_amount_eur as double)
            end
        ) as median_deal_eur,
        median(
            case when closed.outcome = 'won' then cast(closed.cycle_days as double) end
        ) as median_cycle_days,
        median(
            case
                when closed.outcome = 'won'
                    then cast(closed.days_from_inquiry as double)
            end
        ) as median_days_from_inquiry

    from windows

    left join closed
        on windows.window_starts_on <= closed.closed_on
        and windows.window_ends_on >= closed.closed_on

    group by windows.month_start

),

rated as (

    select
        *,
        cast(won_count as double) / nullif(qualified_count, 0) as win_rate,
        cast(won_amount_eur as double) / nullif(won_amount_count, 0) as mean_deal_eur

    from decided

),

final as (

    select
        -- dates
        windows.month_start,
        windows.window_starts_on,
        windows.window_ends_on,

        -- amounts
        cast(rated.qualified_count as bigint) as qualified_count,
        cast(rated.won_count as bigint) as won_count,
        cast(rated.win_rate as decimal(18, 6)) as win_rate,
        cast(
            cast(coalesce(rated.won_amount_eur, 0) as double)
            / nullif(cast(rated.closed_amount_eur as double), 0)
            as decimal(18, 6)
        ) as win_rate_by_value,
        cast(rated.mean_deal_eur as decimal(18, 2)) as mean_deal_eur,
        cast(rated.median_deal_eur as decimal(18, 2)) as median_deal_eur,
        cast(rated.median_cycle_days as decimal(18, 6)) as median_cycle_days,
        cast(rated.median_days_from_inquiry as decimal(18, 6))
            as median_days_from_inquiry,
        cast(
            case
                when rated.median_cycle_days >= 1
                    then
                        rated.qualified_count * rated.win_rate * rated.mean_deal_eur
                        / rated.median_cycle_days
            end as decimal(18, 2)
        ) as velocity_eur_per_day,

        -- flags
        windows.is_month_complete

    from windows

    inner join rated on windows.month_start = rated.month_start

)

select * from final
