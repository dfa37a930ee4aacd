with

bookings as (

    select * from {{ ref('int_bookings') }}

),

final as (

    select
        -- ids
        booking_id,
        opportunity_id,
        contract_id,

        -- attributes
        kind,
        receipt_type,
        receipt_id,

        -- amounts
        amount,
        currency,
        amount_eur,

        -- dates
        booked_on,
        cast(date_trunc('month', booked_on) as date) as booked_month

    from bookings

)

select * from final
