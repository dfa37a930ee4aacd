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

changes as (

    select
        stage,
        valid_from as occurred_at,
        1 as pass_count

    from stage_periods

    union all

    select
        stage,
        valid_to as occurred_at,
        -1 as pass_count

    from stage_periods

    where valid_to is not null

),

stages as (

    select distinct stage

    from stage_periods

),

day_ends as (

    select
        stages.stage,
        dates.date_day,
        {{ local_day_end('dates.date_day') }} as ends_at

    from dates

    cross join as_of

    cross join stages

    where dates.date_day <= as_of.as_of_date_local

),

-- The mart counts by local days. Here nobody is of a day: who came and went until its
-- last second, that second with it, is counted by the instants.
moments as (

    select
        stage,
        occurred_at,
        pass_count,
        cast(null as date) as date_day

    from changes

    union all

    select
        stage,
        ends_at as occurred_at,
        0 as pass_count,
        date_day

    from day_ends

),

counted as (

    select
        stage,
        date_day,
        sum(pass_count) over (
            partition by stage
            order by occurred_at nulls last, date_day nulls first
            rows between unbounded preceding and current row
        ) as pass_count

    from moments

),

there_at_the_end as (

    select
        date_day,
        stage,
        pass_count

    from counted

    where date_day is not null and pass_count > 0

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
