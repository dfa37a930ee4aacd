with

as_of as (

    select * from {{ ref('as_of') }}

),

report_settings as (

    select * from {{ ref('report_settings') }}

),

quarterly_plan as (

    select * from {{ ref('quarterly_plan') }}

),

campaigns as (

    select * from {{ ref('int_campaigns') }}

),

loop_passes as (

    select * from {{ ref('int_loop_passes') }}

),

pass_opportunities as (

    select * from {{ ref('int_pass_opportunities') }}

),

spend_daily as (

    select * from {{ ref('fct_spend_daily') }}

),

funnel as (

    select * from {{ ref('fct_funnel') }}

),

handovers as (

    select * from {{ ref('fct_handovers') }}

),

opportunities as (

    select * from {{ ref('fct_opportunities') }}

),

bookings as (

    select * from {{ ref('fct_bookings') }}

),

spend_by_place as (

    select
        campaign_id,
        channel,
        cast(date_trunc('month', spend_date) as date) as cohort_month,
        sum(cost_eur) as spend_eur

    from spend_daily

    group by
        campaign_id,
        channel,
        cast(date_trunc('month', spend_date) as date)

),

passes_by_place as (

    select
        loop_passes.campaign_id,
        loop_passes.channel,
        loop_passes.cohort_month,
        sum(case when funnel.pass_number = 1 then 1 else 0 end) as people_count,
        count(funnel.inquiry_at) as inquiry_count,
        count(funnel.mql_at) as mql_count,
        count(funnel.sal_at) as sal_count,
        count(funnel.sql_at) as sql_count

    from funnel

    inner join loop_passes on funnel.pass_id = loop_passes.pass_id

    group by
        loop_passes.campaign_id,
        loop_passes.channel,
        loop_passes.cohort_month

),

-- What sales made of each handover; no verdict on the lead is one that its reason keeps
-- out of rates.
handover_outcomes as (

    select
        handovers.handover_id,
        loop_passes.campaign_id,
        loop_passes.channel,
        loop_passes.cohort_month,
        handovers.decision,
        handovers.reason_code,
        case
            when handovers.decision is null then 'undecided'
            when handovers.is_excluded_from_rates then 'excluded'
            else handovers.decision
        end as verdict

    from handovers

    inner join loop_passes on handovers.pass_id = loop_passes.pass_id

    where handovers.direction = 'marketing_to_sales'

),

handovers_by_place as (

    select
        campaign_id,
        channel,
        cohort_month,
        count(*) as handover_count,
        sum(case when verdict = 'accepted' then 1 else 0 end) as accepted_count,
        sum(case when verdict = 'rejected' then 1 else 0 end) as rejected_count,
        sum(case when verdict = 'expired' then 1 else 0 end) as expired_count,
        sum(case when verdict = 'excluded' then 1 else 0 end) as excluded_count,
        sum(case when verdict = 'undecided' then 1 else 0 end) as undecided_count

    from handover_outcomes

    group by
        campaign_id,
        channel,
        cohort_month

),

-- An organisation becomes a customer once, by the first of its deals that stands.
wins_in_order as (

    select
        opportunity_id,
        row_number() over (
            partition by coalesce(account_id, opportunity_id)
            order by won_at nulls last, opportunity_id
        ) as win_number

    from opportunities

    where outcome = 'won'

),

opportunities_by_place as (

    select
        coalesce(loop_passes.campaign_id, {{ unattributed() }}) as campaign_id,
        coalesce(loop_passes.channel, {{ unattributed() }}) as channel,
        coalesce(loop_passes.cohort_month, opportunities.created_month)
            as cohort_month,
        count(*) as opportunity_count,
        count(wins_in_order.opportunity_id) as won_count,
        sum(case when wins_in_order.win_number = 1 then 1 else 0 end)
            as new_customer_count

    from opportunities

    left join loop_passes on opportunities.primary_pass_id = loop_passes.pass_id

    left join wins_in_order
        on opportunities.opportunity_id = wins_in_order.opportunity_id

    group by
        coalesce(loop_passes.campaign_id, {{ unattributed() }}),
        coalesce(loop_passes.channel, {{ unattributed() }}),
        coalesce(loop_passes.cohort_month, opportunities.created_month)

),

primary_passes as (

    select
        opportunity_id,
        pass_id

    from pass_opportunities

    where is_primary

),

bookings_by_place as (

    select
        coalesce(loop_passes.campaign_id, {{ unattributed() }}) as campaign_id,
        coalesce(loop_passes.channel, {{ unattributed() }}) as channel,
        coalesce(loop_passes.cohort_month, bookings.booked_month) as cohort_month,
        sum(bookings.amount_eur) as net_revenue_eur

    from bookings

    left join primary_passes
        on bookings.opportunity_id = primary_passes.opportunity_id

    left join loop_passes on primary_passes.pass_id = loop_passes.pass_id

    group by
        coalesce(loop_passes.campaign_id, {{ unattributed() }}),
        coalesce(loop_passes.channel, {{ unattributed() }}),
        coalesce(loop_passes.cohort_month, bookings.booked_month)

),

places as (

    select
        campaign_id,
        channel,
        cohort_month

    from spend_by_place

    union distinct

    select
        campaign_id,
        channel,
        cohort_month

    from passes_by_place

    union distinct

    select
        campaign_id,
        channel,
        cohort_month

    from opportunities_by_place

    union distinct

    select
        campaign_id,
        channel,
        cohort_month

    from bookings_by_place

),

outcomes_by_place as (

    select
        places.campaign_id,
        places.channel,
        places.cohort_month,
        spend_by_place.spend_eur,
        passes_by_place.people_count,
        passes_by_place.inquiry_count,
        passes_by_place.mql_count,
        passes_by_place.sal_count,
        passes_by_place.sql_count,
        handovers_by_place.handover_count,
        handovers_by_place.accepted_count,
        handovers_by_place.rejected_count,
        handovers_by_place.expired_count,
        handovers_by_place.excluded_count,
        handovers_by_place.undecided_count,
        opportunities_by_place.opportunity_count,
        opportunities_by_place.won_count,
        opportunities_by_place.new_customer_count,
        bookings_by_place.net_revenue_eur

    from places

    left join spend_by_place
        on places.campaign_id = spend_by_place.campaign_id
        and places.channel = spend_by_place.channel
        and places.cohort_month = spend_by_place.cohort_month

    left join passes_by_place
        on places.campaign_id = passes_by_place.campaign_id
        and places.channel = passes_by_place.channel
        and places.cohort_month = passes_by_place.cohort_month

    left join handovers_by_place
        on places.campaign_id = handovers_by_place.campaign_id
        and places.channel = handovers_by_place.channel
        and places.cohort_month = handovers_by_place.cohort_month

    left join opportunities_by_place
        on places.campaign_id = opportunities_by_place.campaign_id
        and places.channel = opportunities_by_place.channel
        and places.cohort_month = opportunities_by_place.cohort_month

    left join bookings_by_place
        on places.campaign_id = bookings_by_place.campaign_id
        and places.channel = bookings_by_place.channel
        and places.cohort_month = bookings_by_place.cohort_month

),

outcomes_both_ways as (

    select
        'campaign' as loop_by,
        campaign_id as loop_value,
        *

    from outcomes_by_place

    union all

    select
        'channel' as loop_by,
        channel as loop_value,
        *

    from outcomes_by_place

),

outcomes as (

    select
        loop_by,
        loop_value,
        cohort_month,
        -- Null where no platform told of a cost: it is not known to have been free.
        sum(spend_eur) as spend_eur,
        coalesce(sum(people_count), 0) as people_count,
        coalesce(sum(inquiry_count), 0) as inquiry_count,
        coalesce(sum(mql_count), 0) as mql_count,
        coalesce(sum(sal_count), 0) as sal_count,
        coalesce(sum(sql_count), 0) as sql_count,
        coalesce(sum(opportunity_count), 0) as opportunity_count,
        coalesce(sum(won_count), 0) as won_count,
        coalesce(sum(new_customer_count), 0) as new_customer_count,
        coalesce(sum(net_revenue_eur), 0) as net_revenue_eur,
        coalesce(sum(handover_count), 0) as handover_count,
        coalesce(sum(accepted_count), 0) as accepted_count,
        coalesce(sum(rejected_count), 0) as rejected_count,
        coalesce(sum(expired_count), 0) as expired_count,
        coalesce(sum(excluded_count), 0) as excluded_count,
        coalesce(sum(undecided_count), 0) as undecided_count

    from outcomes_both_ways

    group by
        loop_by,
        loop_value,
        cohort_month

),

rejections_both_ways as (

    select
        'campaign' as loop_by,
        campaign_id as loop_value,
        cohort_month,
        reason_code

    from handover_outcomes

    where verdict = 'rejected' and reason_code is not null

    union all

    select
        'channel' as loop_by,
        channel as loop_value,
        cohort_month,
        reason_code

    from handover_outcomes

    where verdict = 'rejected' and reason_code is not null

),

reasons_in_order as (

    select
        loop_by,
        loop_value,
        cohort_month,
        reason_code,
        row_number() over (
            partition by loop_by, loop_value, cohort_month
            order by count(*) desc, reason_code asc
        ) as reason_number

    from rejections_both_ways

    group by
        loop_by,
        loop_value,
        cohort_month,
        reason_code

),

final as (

    select
        -- ids
        {{ hash_key([
            'outcomes.loop_by', 'outcomes.loop_value', 'outcomes.cohort_month',
        ]) }} as closed_loop_id,
        case when outcomes.loop_by = 'campaign' then outcomes.loop_value end
            as campaign_id,

        -- attributes
        outcomes.loop_by,
        case
            when outcomes.loop_by = 'campaign'
                then coalesce(campaigns.campaign_name, outcomes.loop_value)
        end as campaign_name,
        case when outcomes.loop_by = 'channel' then outcomes.loop_value end
            as channel,
        reasons_in_order.reason_code as top_rejection_reason,

        -- amounts
        cast(outcomes.spend_eur as decimal(18, 2)) as spend_eur,
        cast(outcomes.net_revenue_eur as decimal(18, 2)) as net_revenue_eur,
        cast(
            cast(outcomes.net_revenue_eur as decimal(18, 2))
            * quarterly_plan.gross_margin
            as decimal(18, 2)
        ) as gross_margin_eur,
        cast(outcomes.people_count as bigint) as people_count,
        cast(outcomes.inquiry_count as bigint) as inquiry_count,
        cast(outcomes.mql_count as bigint) as mql_count,
        cast(outcomes.sal_count as bigint) as sal_count,
        cast(outcomes.sql_count as bigint) as sql_count,
        cast(outcomes.opportunity_count as bigint) as opportunity_count,
        cast(outcomes.won_count as bigint) as won_count,
        cast(outcomes.new_customer_count as bigint) as new_customer_count,
        cast(outcomes.handover_count as bigint) as handover_count,
        cast(outcomes.accepted_count as bigint) as accepted_count,
        cast(outcomes.rejected_count as bigint) as rejected_count,
        cast(outcomes.expired_count as bigint) as expired_count,
        cast(outcomes.excluded_count as bigint) as excluded_count,
        cast(outcomes.undecided_count as bigint) as undecided_count,
        cast(
            cast(outcomes.accepted_count as double) / nullif(
                outcomes.accepted_count
                + outcomes.rejected_count
                + outcomes.expired_count,
                0
            ) as decimal(18, 6)
        ) as acceptance_rate,

        -- cost of each
        {{ cost_per('outcomes.spend_eur', 'outcomes.people_count') }}
            as cost_per_person_eur,
        {{ cost_per('outcomes.spend_eur', 'outcomes.inquiry_count') }}
            as cost_per_inquiry_eur,
        {{ cost_per('outcomes.spend_eur', 'outcomes.mql_count') }}
            as cost_per_mql_eur,
        {{ cost_per('outcomes.spend_eur', 'outcomes.sal_count') }}
            as cost_per_sal_eur,
        {{ cost_per('outcomes.spend_eur', 'outcomes.sql_count') }}
            as cost_per_sql_eur,
        {{ cost_per('outcomes.spend_eur', 'outcomes.opportunity_count') }}
            as cost_per_opportunity_eur,
        {{ cost_per('outcomes.spend_eur', 'outcomes.won_count') }}
            as cost_per_won_eur,

        -- return
        {{ cost_per('outcomes.spend_eur', 'outcomes.new_customer_count') }}
            as marketing_cac_eur,
        case
            when
                outcomes.spend_eur > 0
                and outcomes.new_customer_count > 0
                and outcomes.net_revenue_eur > 0
                then cast(
                    cast(outcomes.spend_eur as double) / (
                        cast(outcomes.net_revenue_eur as double)
                        * quarterly_plan.gross_margin
                        / quarterly_plan.contract_months
                    ) as decimal(18, 2)
                )
        end as payback_months,
        case
            when outcomes.spend_eur > 0
                then cast(
                    cast(outcomes.net_revenue_eur as double)
                    * quarterly_plan.gross_margin
                    / cast(outcomes.spend_eur as double)
                    - 1 as decimal(18, 6)
                )
        end as return_on_spend,

        -- flags
        {{ days_between_dates(
            "cast(outcomes.cohort_month + interval '1' month as date)",
            'as_of.as_of_date_local'
        ) }} >= report_settings.maturity_days_inquiry_won as is_mature,

        -- dates
        outcomes.cohort_month

    from outcomes

    cross join as_of

    cross join report_settings

    left join campaigns
        on case when outcomes.loop_by = 'campaign' then outcomes.loop_value end
        = campaigns.campaign_id

    left join reasons_in_order
        on outcomes.loop_by = reasons_in_order.loop_by
        and outcomes.loop_value = reasons_in_order.loop_value
        and outcomes.cohort_month = reasons_in_order.cohort_month
        and reasons_in_order.reason_number = 1

    left join quarterly_plan
        on cast(date_trunc('quarter', outcomes.cohort_month) as date)
        = quarterly_plan.quarter_starts_on

)

select * from final
