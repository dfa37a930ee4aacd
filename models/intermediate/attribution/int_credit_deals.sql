with

opportunities as (

    select * from {{ ref('int_opportunity_outcomes') }}

),

created_amounts as (

    select * from {{ ref('int_created_amounts') }}

),

opportunity_people as (

    select * from {{ ref('int_opportunity_people') }}

),

people as (

    select * from {{ ref('int_people') }}

),

bookings as (

    select * from {{ ref('int_bookings') }}

),

versions as (

    select * from {{ ref('version_settings') }}

),

as_of as (

    select * from {{ ref('as_of') }}

),

booked_amounts as (

    select
        opportunity_id,
        min(booked_on) as booked_on,
        sum(amount_eur) as amount_eur

    from bookings

    group by opportunity_id

),

signed_deals as (

    select
        booked_amounts.opportunity_id,
        booked_amounts.amount_eur,
        {{ end_of_known_day('booked_amounts.booked_on', 'as_of.as_of') }} as signed_at

    from booked_amounts

    cross join as_of

),

-- A contract of an opportunity that the CRM does not know closed on the day it was
-- signed; the money has to go somewhere.
revenue_deals as (

    select
        'revenue' as credit_basis,
        signed_deals.opportunity_id,
        signed_deals.amount_eur,
        coalesce(opportunities.outcome = 'won', false) as is_won,
        opportunities.created_at as opportunity_created_at,
        coalesce(opportunities.won_at, signed_deals.signed_at) as closed_at,
        coalesce(opportunities.won_at, signed_deals.signed_at) as cut_off_at

    from signed_deals

    left join opportunities
        on signed_deals.opportunity_id = opportunities.opportunity_id

),

-- What the pipeline was worth when it began: later negotiation is no work of the
-- touches before it.
pipeline_deals as (

    select
        'pipeline' as credit_basis,
        opportunities.opportunity_id,
        created_amounts.created_amount_eur as amount_eur,
        opportunities.outcome = 'won' as is_won,
        opportunities.created_at as opportunity_created_at,
        cast(null as timestamp with time zone) as closed_at,
        opportunities.created_at as cut_off_at

    from opportunities

    inner join created_amounts
        on opportunities.opportunity_id = created_amounts.opportunity_id

    where created_amounts.created_amount_eur is not null

),

deals as (

    select
        credit_basis,
        opportunity_id,
        amount_eur,
        is_won,
        opportunity_created_at,
        closed_at,
        cut_off_at

    from revenue_deals

    union all

    select
        credit_basis,
        opportunity_id,
        amount_eur,
        is_won,
        opportunity_created_at,
        closed_at,
        cut_off_at

    from pipeline_deals

),

final as (

    select
        -- ids
        cast(
            row_number() over (
                order by deals.credit_basis nulls last, deals.opportunity_id nulls last
            ) as integer
        ) as deal_number,
        deals.opportunity_id,

        -- attributes
        deals.credit_basis,
        versions.definition_version,

        -- amounts
        cast(deals.amount_eur as decimal(18, 2)) as amount_eur,

        -- flags
        deals.is_won,

        -- timestamps
        people.known_at as lead_created_at,
        deals.opportunity_created_at,
        deals.closed_at,
        deals.cut_off_at,
        {{ instant_after_seconds(
            'deals.cut_off_at', '-86400 * versions.lookback_days'
        ) }} as counts_from,
        {{ instant_after_seconds(
            'deals.cut_off_at', '86400 * versions.back_dating_days'
        ) }} as recorded_until

    from deals

    inner join versions
        on deals.cut_off_at >= versions.applies_from
        and deals.cut_off_at < versions.applies_to

    left join opportunity_people
        on deals.opportunity_id = opportunity_people.opportunity_id
        and opportunity_people.role = 'primary'

    left join people on opportunity_people.person_id = people.person_id

)

select * from final
