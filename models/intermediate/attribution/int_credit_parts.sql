with

touches as (

    select * from {{ ref('int_credit_touches') }}

),

shares as (

    select * from {{ ref('int_credit_shares') }}

),

deals as (

    select * from {{ ref('int_credit_deals') }}

),

bookings as (

    select * from {{ ref('int_bookings') }}

),

-- A share is divided like money, in millionths, so that shares add up to one exactly.
-- A reversal is not divided: it takes back what was given.
wholes as (

    select
        'share' as whole_kind,
        opportunity_id as whole_id,
        deal_number,
        cast(1000000 as bigint) as unit_count,
        cast(1 as bigint) as sign

    from deals

    union all

    select
        'pipeline' as whole_kind,
        opportunity_id as whole_id,
        deal_number,
        cast(abs(amount_eur) * 100 as bigint) as unit_count,
        cast(case when amount_eur < 0 then -1 else 1 end as bigint) as sign

    from deals

    where closed_at is null

    union all

    select
        'booking' as whole_kind,
        bookings.booking_id as whole_id,
        deals.deal_number,
        cast(abs(bookings.amount_eur) * 100 as bigint) as unit_count,
        cast(case when bookings.amount_eur < 0 then -1 else 1 end as bigint) as sign

    from bookings

    inner join deals on bookings.opportunity_id = deals.opportunity_id

    where bookings.kind <> 'reversal' and deals.closed_at is not null

),

-- Six decimals of a unit decide who is next in line, so that what is equal stays equal
-- however a computer rounds.
exact_parts as (

    select
        wholes.whole_kind,
        wholes.whole_id,
        wholes.deal_number,
        wholes.unit_count,
        wholes.sign,
        shares.attribution_model,
        shares.touch_number,
        cast(
            cast(wholes.unit_count as double) * shares.share as decimal(24, 6)
        ) as exact_units

    from wholes

    inner join shares on wholes.deal_number = shares.deal_number

),

floored_parts as (

    select
        whole_kind,
        whole_id,
        deal_number,
        unit_count,
        sign,
        attribution_model,
        touch_number,
        cast(floor(exact_units) as bigint) as floored_units,
        exact_units - floor(exact_units) as remainder

    from exact_parts

),

numbered_parts as (

    select
        whole_kind,
        whole_id,
        deal_number,
        unit_count,
        sign,
        attribution_model,
        touch_number,
        floored_units,
        sum(floored_units) over (
            partition by whole_kind, whole_id, deal_number, attribution_model
        ) as floored_unit_count,
        row_number() over (
            partition by whole_kind, whole_id, deal_number, attribution_model
            order by remainder desc nulls last, touch_number asc nulls last
        ) as remainder_number

    from floored_parts

),

final as (

    select
        -- ids
        numbered_parts.whole_id,
        deals.opportunity_id,
        touches.touch_id,

        -- attributes
        numbered_parts.whole_kind,
        deals.credit_basis,
        deals.definition_version,
        numbered_parts.attribution_model,

        -- amounts
        numbered_parts.touch_number,
        cast(
            numbered_parts.sign * (
                numbered_parts.floored_units
                + case
                    when
                        numbered_parts.remainder_number
                        <= numbered_parts.unit_count
                        - numbered_parts.floored_unit_count
                        then 1
                    else 0
                end
            ) as bigint
        ) as unit_count

    from numbered_parts

    inner join deals on numbered_parts.deal_number = deals.deal_number

    left join touches
        on numbered_parts.deal_number = touches.deal_number
        and numbered_parts.touch_number = touches.touch_number

)

select * from final
