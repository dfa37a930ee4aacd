-- What adds up has to: the buckets of age to the stock of the day, the months to all
-- entries, the quarters of entry to the row of all, the rows of the pipeline to what is
-- open, and the leads of every slice to all leads. A row is a slice whose parts do not
-- make its total.
with

as_of as (

    select * from {{ ref('as_of') }}

),

funnel_daily as (

    select * from {{ ref('fct_funnel_daily') }}

),

stage_stock as (

    select * from {{ ref('rpt_stage_stock') }}

),

stage_events as (

    select * from {{ ref('fct_stage_events') }}

),

period_ratios as (

    select * from {{ ref('rpt_period_ratios') }}

),

stage_durations as (

    select * from {{ ref('rpt_stage_durations') }}

),

opportunities as (

    select * from {{ ref('fct_opportunities') }}

),

pipeline as (

    select * from {{ ref('rpt_pipeline') }}

),

lead_values as (

    select * from {{ ref('rpt_lead_values') }}

),

-- Parts are counted up and totals down, so that nothing is left when they agree.
stock_of_the_day as (

    select
        funnel_daily.stage,
        funnel_daily.owner_team,
        -funnel_daily.stock as signed_count

    from funnel_daily

    inner join as_of on funnel_daily.date_day = as_of.as_of_date_local

),

stock_of_the_buckets as (

    select
        stage,
        owner_team,
        stock_count as signed_count

    from stage_stock

    union all

    select
        stage,
        owner_team,
        signed_count

    from stock_of_the_day

),

stock_differences as (

    select
        'age buckets' as slice,
        stage || ' of ' || coalesce(owner_team, 'nobody') as total,
        sum(signed_count) as difference

    from stock_of_the_buckets

    group by stage, owner_team

),

entries_of_the_months as (

    select
        from_stage as stage,
        to_stage,
        sum(from_count) as entry_count

    from period_ratios

    group by from_stage, to_stage

    union all

    select
        to_stage as stage,
        from_stage as to_stage,
        sum(to_count) as entry_count

    from period_ratios

    group by from_stage, to_stage

),

entries_of_all_time as (

    select
        stage_events.stage,
        count(distinct stage_events.pass_id) as entry_count

    from stage_events

    cross join as_of

    where {{ local_date('stage_events.occurred_at') }} <= as_of.as_of_date_local

    group by stage_events.stage

),

entry_differences as (

    select
        'months of ' || entries_of_the_months.to_stage as slice,
        entries_of_the_months.stage as total,
        entries_of_the_months.entry_count
        - coalesce(entries_of_all_time.entry_count, 0) as difference

    from entries_of_the_months

    left join entries_of_all_time
        on entries_of_the_months.stage = entries_of_all_time.stage

),

cohort_differences as (

    select
        'quarters of entry' as slice,
        stage as total,
        sum(
            case cohort_kind when 'all' then -1 else 1 end
            * (entry_count * 1000000 + left_count)
        ) as difference

    from stage_durations

    group by stage

),

open_opportunities as (

    select
        currency,
        1 + coalesce(amount, 0) as signed_amount

    from pipeline

    union all

    select
        currency,
        -1 - coalesce(amount, 0) as signed_amount

    from opportunities

    where outcome = 'open'

),

pipeline_differences as (

    select
        'open opportunities' as slice,
        coalesce(currency, 'no currency') as total,
        sum(signed_amount) as difference

    from open_opportunities

    group by currency

),

leads_of_slices as (

    select
        slice,
        sum(coalesce(mql_count, 0)) as mql_count,
        sum(coalesce(won_count, 0)) as won_count

    from lead_values

    group by slice

),

-- The slice by type has customers who come again as well, which all has not.
lead_differences as (

    select
        leads_of_slices.slice,
        'mature leads' as total,
        leads_of_slices.mql_count - leads_of_all.mql_count as difference

    from leads_of_slices

    inner join leads_of_slices as leads_of_all on leads_of_all.slice = 'all'

    where leads_of_slices.slice <> 'pass_type'

    union all

    select
        leads_of_slices.slice,
        'won leads' as total,
        leads_of_slices.won_count - leads_of_all.won_count as difference

    from leads_of_slices

    inner join leads_of_slices as leads_of_all on leads_of_all.slice = 'all'

    where leads_of_slices.slice <> 'pass_type'

),

differences as (

    select * from stock_differences

    union all

    select * from entry_differences

    union all

    select * from cohort_differences

    union all

    select * from pipeline_differences

    union all

    select * from lead_differences

),

final as (

    select * from differences

    where difference <> 0

)

select * from final
