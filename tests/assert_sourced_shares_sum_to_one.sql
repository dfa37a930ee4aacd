-- Every euro signed was brought in by one team, by the source of its deal's primary
-- person. A row is a month whose shares do not make a whole, or one with other euros
-- for a team than its deals have.
with

sourcing as (

    select * from {{ ref('rpt_sourcing') }}

),

bookings as (

    select * from {{ ref('fct_bookings') }}

),

opportunities as (

    select * from {{ ref('fct_opportunities') }}

),

person_sources as (

    select * from {{ ref('int_person_sources') }}

),

shares as (

    select
        signed_month,
        sum(sourced_share) as total_share,
        sum(booked_eur) as total_booked_eur

    from sourcing

    group by signed_month

),

reported as (

    select
        signed_month,
        team,
        booked_eur,
        net_revenue_eur

    from sourcing

    where booked_eur <> 0 or net_revenue_eur <> 0

),

signed as (

    select
        bookings.booked_month as signed_month,
        coalesce(person_sources.sourced_by, 'unknown') as team,
        sum(
            case when bookings.kind = 'contract' then bookings.amount_eur else 0 end
        ) as booked_eur,
        sum(bookings.amount_eur) as net_revenue_eur

    from bookings

    left join opportunities
        on bookings.opportunity_id = opportunities.opportunity_id

    left join person_sources
        on opportunities.primary_person_id = person_sources.person_id

    group by bookings.booked_month, coalesce(person_sources.sourced_by, 'unknown')

    having
        sum(bookings.amount_eur) <> 0
        or sum(case when bookings.kind = 'contract' then bookings.amount_eur else 0 end)
        <> 0

),

broken as (

    select
        signed_month,
        'all' as team,
        'shares' as what

    from shares

    where
        (total_booked_eur <> 0 and total_share is distinct from 1)
        or (total_booked_eur = 0 and total_share is not null)

    union all

    select
        coalesce(reported.signed_month, signed.signed_month)
            as signed_month,
        coalesce(reported.team, signed.team) as team,
        'euros' as what

    from reported

    full outer join signed
        on reported.signed_month = signed.signed_month
        and reported.team = signed.team

    where
        reported.booked_eur is distinct from signed.booked_eur
        or reported.net_revenue_eur is distinct from signed.net_revenue_eur

)

select * from broken
