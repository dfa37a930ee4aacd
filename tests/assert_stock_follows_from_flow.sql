-- Counted by running sums, the stock of a day has to be that of the day before, plus
-- who entered, less who left; and it has to be what one finds on looking who is there
-- in the last second of the day. A row is a day, stage and team, or a day and stage,
-- that fails.
with

funnel_daily as (

    select * from {{ ref('fct_funnel_daily') }}

),

stage_periods as (

    select * from {{ ref('fct_stage_periods') }}

),

as_of as (

    select * from {{ ref('as_of') }}

),

dates as (

    select * from {{ ref('dates') }}

),

with_previous as (

    select
        date_day,
        stage,
        owner_team,
        stock as stock_count,
        entered as entered_count,
        {{ adapter.quote('left') }} as left_count,
        coalesce(
            lag(stock) over (
                partition by stage, owner_team
                order by date_day nulls last
            ),
            0
        ) as previous_stock_count

    from funnel_daily

),

out_of_balance as (

    select
        date_day,
        stage,
        owner_team,
        previous_stock_count + entered_count - left_count as expected_count,
        stock_count as found_count

    from with_previous

    where stock_count <> previous_stock_count + entered_count - left_count

),

stock_by_stage as (

    select
        date_day,
        stage,
        sum(stock) as stock_count

    from funnel_daily

    group by date_day, stage

),

-- Looked up day by day, which the mart itself must not do.
there_at_the_end as (

    select
        dates.date_day,
        stage_periods.stage,
        count(*) as pass_count

    from dates

    inner join stage_periods
        on {{ local_day_end('dates.date_day') }} >= stage_periods.valid_from
        and (
            stage_periods.valid_to is null
            or {{ local_day_end('dates.date_day') }} < stage_periods.valid_to
        )

    cross join as_of

    where dates.date_day <= as_of.as_of_date_local

    group by dates.date_day, stage_periods.stage

),

not_there as (

    select
        coalesce(stock_by_stage.date_day, there_at_the_end.date_day) as date_day,
        coalesce(stock_by_stage.stage, there_at_the_end.stage) as stage,
        cast(null as varchar) as owner_team,
        coalesce(there_at_the_end.pass_count, 0) as expected_count,
        coalesce(stock_by_stage.stock_count, 0) as found_count

    from stock_by_stage

    full outer join there_at_the_end
        on stock_by_stage.date_day = there_at_the_end.date_day
        and stock_by_stage.stage = there_at_the_end.stage

    where
        coalesce(stock_by_stage.stock_count, 0)
        <> coalesce(there_at_the_end.pass_count, 0)

),

final as (

    select * from out_of_balance

    union all

    select * from not_there

)

select * from final
