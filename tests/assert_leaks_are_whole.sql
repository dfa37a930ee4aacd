-- What found its place and what leaks are all there is, month by month and to the cent.
-- A row is a month of cost, or of bookings, in which something is missing or is counted
-- twice.
with

leaks as (

    select * from {{ ref('rpt_leaks') }}

),

spend_daily as (

    select * from {{ ref('fct_spend_daily') }}

),

touches as (

    select * from {{ ref('fct_touches') }}

),

bookings as (

    select * from {{ ref('fct_bookings') }}

),

pass_opportunities as (

    select * from {{ ref('int_pass_opportunities') }}

),

leaked as (

    select
        case
            when leak like 'spend%' then 'spend'
            when leak in ('booking_without_opportunity', 'booking_without_person')
                then 'bookings'
        end as money,
        leak_month,
        amount_eur,
        rows as row_count

    from leaks

),

campaigns_with_touches as (

    select distinct campaign_id

    from touches

    where campaign_id is not null

),

opportunities_with_people as (

    select distinct opportunity_id

    from pass_opportunities

    where is_primary

),

parts as (

    select
        'spend' as money,
        cast(date_trunc('month', spend_daily.spend_date) as date) as leak_month,
        spend_daily.cost_eur as whole_eur,
        case
            when
                spend_daily.match_method <> 'none'
                and campaigns_with_touches.campaign_id is not null
                then spend_daily.cost_eur
            else 0
        end as placed_eur,
        0 as leaked_eur,
        case
            when
                spend_daily.match_method <> 'none'
                and campaigns_with_touches.campaign_id is not null
                then 0
            else 1
        end as open_rows

    from spend_daily

    left join campaigns_with_touches
        on spend_daily.campaign_id = campaigns_with_touches.campaign_id

    union all

    select
        'bookings' as money,
        bookings.booked_month as leak_month,
        bookings.amount_eur as whole_eur,
        case
            when opportunities_with_people.opportunity_id is not null
                then bookings.amount_eur
            else 0
        end as placed_eur,
        0 as leaked_eur,
        case
            when opportunities_with_people.opportunity_id is not null then 0
            else 1
        end as open_rows

    from bookings

    left join opportunities_with_people
        on bookings.opportunity_id = opportunities_with_people.opportunity_id

    union all

    select
        money,
        leak_month,
        0 as whole_eur,
        0 as placed_eur,
        amount_eur as leaked_eur,
        -row_count as open_rows

    from leaked

    where money is not null

),

compared as (

    select
        money,
        leak_month,
        sum(whole_eur) as whole_eur,
        sum(placed_eur) as placed_eur,
        sum(leaked_eur) as leaked_eur,
        sum(open_rows) as open_rows

    from parts

    group by money, leak_month

)

select * from compared

where
    whole_eur <> placed_eur + leaked_eur
    or open_rows <> 0
