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

conversion_rates as (

    select * from {{ ref('rpt_conversion_rates') }}

),

step_entries as (

    select * from {{ ref('int_step_entries') }}

),

opportunities as (

    select * from {{ ref('fct_opportunities') }}

),

bookings as (

    select * from {{ ref('fct_bookings') }}

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

step_to_the_win as (

    select
        handover_stages.stage as from_stage,
        last_stages.stage as to_stage

    from handover_stages

    inner join last_stages
        on handover_stages.stage_number = last_stages.stage_number

    where handover_stages.stage_number = 1

),

-- Sums over the mature months, so that the rate is a ratio of sums; a mean of monthly
-- rates would let a small month count as much as a large one.
mature_conversions as (

    select
        conversion_rates.slice,
        conversion_rates.slice_value,
        sum(case when conversion_rates.is_mature then conversion_rates.cohort_size end)
            as mql_count,
        sum(
            case
                when conversion_rates.is_mature
                    then conversion_rates.reached_within_horizon_count
            end
        ) as won_count

    from conversion_rates

    inner join step_to_the_win
        on conversion_rates.from_stage = step_to_the_win.from_stage
        and conversion_rates.to_stage = step_to_the_win.to_stage

    group by conversion_rates.slice, conversion_rates.slice_value

),

-- Deal sizes of the same window as the win rates of the pipeline.
recent_contracts as (

    select
        bookings.opportunity_id,
        bookings.amount_eur

    from bookings

    cross join as_of

    cross join report_settings

    where
        bookings.kind = 'contract'
        and bookings.booked_on <= as_of.as_of_date_local
        and {{ days_between_dates('bookings.booked_on', 'as_of.as_of_date_local') }}
        < report_settings.weighted_pipeline_window_days

),

-- A deal has one pass that its money counts for. Its contract is in the groups in which
-- that pass was as an MQL, and in none when it never was one.
contracts_of_mqls as (

    select
        recent_contracts.amount_eur,
        step_entries.pass_type,
        step_entries.pass_number,
        step_entries.fit_grade,
        step_entries.first_touch_channel

    from recent_contracts

    inner join opportunities
        on recent_contracts.opportunity_id = opportunities.opportunity_id

    inner join step_entries on opportunities.primary_pass_id = step_entries.pass_id

    inner join step_to_the_win
        on step_entries.from_stage = step_to_the_win.from_stage
        and step_entries.to_stage = step_to_the_win.to_stage

),

sliced_contracts as (

    {{ sliced_entries('contracts_of_mqls') }}

),

-- The whole is every contract, also of customers who come again and of nobody known. It
-- has one row, even of nothing.
deals_of_all as (

    select
        'all' as slice,
        'all' as slice_value,
        count(*) as contract_count,
        cast(sum(amount_eur) as double) / nullif(count(*), 0) as mean_deal_eur,
        median(cast(amount_eur as double)) as median_deal_eur

    from recent_contracts

),

deals as (

    select
        slice,
        slice_value,
        count(*) as contract_count,
        cast(sum(amount_eur) as double) / nullif(count(*), 0) as mean_deal_eur,
        median(cast(amount_eur as double)) as median_deal_eur

    from sliced_contracts

    where slice <> 'all'

    group by slice, slice_value

    union all

    select * from deals_of_all

),

lead_groups as (

    select
        slice,
        slice_value

    from mature_conversions

    union distinct

    select
        slice,
        slice_value

    from deals_of_all

),

with_deals as (

    select
        lead_groups.slice,
        lead_groups.slice_value,
        mature_conversions.mql_count,
        mature_conversions.won_count,
        cast(mature_conversions.won_count as double)
        / nullif(mature_conversions.mql_count, 0) as win_rate,
        coalesce(deals.contract_count, 0) as contract_count,
        deals.mean_deal_eur,
        deals.median_deal_eur,
        deals_of_all.mean_deal_eur as mean_deal_of_all_eur,
        deals_of_all.median_deal_eur as median_deal_of_all_eur,
        lead_groups.slice = 'all'
        or coalesce(deals.contract_count, 0) >= report_settings.small_sample_minimum
            as has_own_mean_deal,
        mature_conversions.mql_count < report_settings.small_sample_minimum
            as is_small_sample,
        {{ normal_quantile('(1 + report_settings.confidence_level) / 2') }} as quantile

    from lead_groups

    cross join deals_of_all

    cross join report_settings

    left join mature_conversions
        on lead_groups.slice = mature_conversions.slice
        and lead_groups.slice_value = mature_conversions.slice_value

    left join deals
        on lead_groups.slice = deals.slice
        and lead_groups.slice_value = deals.slice_value

),

-- The mean of a few deals says more of those few than of the group.
with_mean_deal as (

    select
        slice,
        slice_value,
        mql_count,
        won_count,
        win_rate,
        quantile,
        contract_count,
        case when has_own_mean_deal then mean_deal_eur else mean_deal_of_all_eur end
            as mean_deal_eur,
        case when has_own_mean_deal then median_deal_eur else median_deal_of_all_eur end
            as median_deal_eur,
        has_own_mean_deal,
        is_small_sample

    from with_deals

),

final as (

    select
        -- ids
        {{ hash_key(['slice', 'slice_value']) }} as lead_value_id,

        -- attributes
        slice,
        slice_value,

        -- amounts
        cast(mql_count as bigint) as mql_count,
        cast(won_count as bigint) as won_count,
        cast(win_rate as decimal(18, 6)) as win_rate,
        cast({{ wilson_lower('win_rate', 'mql_count', 'quantile') }} as decimal(18, 6))
            as lower_95,
        cast({{ wilson_upper('win_rate', 'mql_count', 'quantile') }} as decimal(18, 6))
            as upper_95,
        cast(contract_count as bigint) as contract_count,
        cast(mean_deal_eur as decimal(18, 2)) as mean_deal_eur,
        cast(median_deal_eur as decimal(18, 2)) as median_deal_eur,
        cast(win_rate * mean_deal_eur as decimal(18, 2)) as expected_value_eur,

        -- flags
        has_own_mean_deal,
        is_small_sample

    from with_mean_deal

)

select * from final
