with

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
        deal_number,
        cast(null as varchar) as booking_id,
        cast(1000000 as bigint) as unit_count,
        cast(1 as bigint) as sign

    from deals

    union all

    select
        'pipeline' as whole_kind,
        deal_number,
        cast(null as varchar) as booking_id,
        cast(abs(amount_eur) * 100 as bigint) as unit_count,
        cast(case when amount_eur < 0 then -1 else 1 end as bigint) as sign

    from deals

    where closed_at is null

    union all

    select
        'booking' as whole_kind,
        deals.deal_number,
        bookings.booking_id,
        cast(abs(bookings.amount_eur) * 100 as bigint) as unit_count,
        cast(case when bookings.amount_eur < 0 then -1 else 1 end as bigint) as sign

    from bookings

    inner join deals on bookings.opportunity_id = deals.opportunity_id

    where bookings.kind <> 'reversal' and deals.closed_at is not null

),

-- A number for each whole, so that its texts need not be sorted with every part.
numbered_wholes as (

    select
        whole_kind,
        deal_number,
        booking_id,
        unit_count,
        sign,
        row_number() over (
            order by
                whole_kind nulls last,
                deal_number nulls last,
                booking_id nulls last
        ) as whole_number

    from wholes

),

exact_parts as (

    select
        numbered_wholes.whole_number,
        shares.attribution_model,
        shares.touch_number,
        cast(numbered_wholes.unit_count as double) * shares.share as exact_units

    from numbered_wholes

    inner join shares on numbered_wholes.deal_number = shares.deal_number

),

-- Six decimals of a unit decide who is next in line, so that what is equal stays equal
-- however a computer rounds. What is a trifle short of a whole unit is first in line.
floored_parts as (

    select
        whole_number,
        attribution_model,
        touch_number,
        floor(exact_units) as floored_units,
        cast(round((exact_units - floor(exact_units)) * 1000000) as integer)
            as remainder_millionths

    from exact_parts

),

numbered_parts as (

    select
        whole_number,
        attribution_model,
        touch_number,
        floored_units,
        sum(floored_units) over (
            partition by whole_number, attribution_model
        ) as floored_unit_count,
        row_number() over (
            partition by whole_number, attribution_model
            order by
                remainder_millionths desc nulls last,
                touch_number asc nulls last
        ) as remainder_number

    from floored_parts

),

-- Numbers alone: whoever reads the parts joins the texts of deals and touches to those
-- that it needs.
final as (

    select
        -- ids
        numbered_wholes.deal_number,
        numbered_parts.touch_number,
        numbered_wholes.booking_id,

        -- attributes
        numbered_wholes.whole_kind,
        numbered_parts.attribution_model,

        -- amounts
        cast(
            numbered_wholes.sign * (
                numbered_parts.floored_units
                + case
                    when
                        numbered_parts.remainder_number
                        <= numbered_wholes.unit_count
                        - numbered_parts.floored_unit_count
                        then 1
                    else 0
                end
            ) as bigint
        ) as unit_count

    from numbered_parts

    inner join numbered_wholes
        on numbered_parts.whole_number = numbered_wholes.whole_number

)

select * from final
