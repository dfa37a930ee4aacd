-- Under every model of the version that divides a deal, the credits of each booking are
-- its amount, those of the deal what was booked, and its shares one; the same holds for
-- pipeline. Each touch has the sum of what its bookings gave it, and nothing of a
-- contract that was taken back. A row here is a whole that its parts do not make.
with

deals as (

    select * from {{ ref('int_credit_deals') }}

),

attribution_models as (

    select * from {{ ref('attribution_models') }}

),

bookings as (

    select * from {{ ref('fct_bookings') }}

),

touch_credits as (

    select * from {{ ref('fct_touch_credits') }}

),

booking_credits as (

    select * from {{ ref('fct_booking_credits') }}

),

pipeline_credits as (

    select * from {{ ref('fct_pipeline_credits') }}

),

models as (

    select distinct
        definition_version,
        attribution_model

    from attribution_models

),

divided_deals as (

    select
        deals.opportunity_id,
        deals.closed_at,
        deals.amount_eur,
        models.attribution_model

    from deals

    inner join models on deals.definition_version = models.definition_version

),

sums_of_bookings as (

    select
        booking_id,
        attribution_model,
        sum(credit_eur) as credit_eur

    from booking_credits

    group by booking_id, attribution_model

),

-- Every booking has a deal; one that the deals do not have is a row here as well.
uneven_bookings as (

    select
        'booking' as what,
        bookings.booking_id as id,
        divided_deals.attribution_model,
        bookings.amount_eur as whole,
        sums_of_bookings.credit_eur as parts

    from bookings

    left join divided_deals
        on bookings.opportunity_id = divided_deals.opportunity_id
        and divided_deals.closed_at is not null

    left join sums_of_bookings
        on bookings.booking_id = sums_of_bookings.booking_id
        and divided_deals.attribution_model = sums_of_bookings.attribution_model

    where sums_of_bookings.credit_eur is distinct from bookings.amount_eur

),

booked_amounts as (

    select
        opportunity_id,
        sum(amount_eur) as amount_eur

    from bookings

    group by opportunity_id

),

sums_of_deals as (

    select
        opportunity_id,
        attribution_model,
        sum(credit_eur) as credit_eur,
        sum(credit_share) as credit_share

    from touch_credits

    group by opportunity_id, attribution_model

),

uneven_deals as (

    select
        'deal' as what,
        divided_deals.opportunity_id as id,
        divided_deals.attribution_model,
        booked_amounts.amount_eur as whole,
        sums_of_deals.credit_eur as parts

    from divided_deals

    left join booked_amounts
        on divided_deals.opportunity_id = booked_amounts.opportunity_id

    left join sums_of_deals
        on divided_deals.opportunity_id = sums_of_deals.opportunity_id
        and divided_deals.attribution_model = sums_of_deals.attribution_model

    where
        divided_deals.closed_at is not null
        and (
            sums_of_deals.credit_eur is distinct from booked_amounts.amount_eur
            or sums_of_deals.credit_share is distinct from 1
        )

),

sums_of_pipeline as (

    select
        opportunity_id,
        attribution_model,
        sum(credit_eur) as credit_eur,
        sum(credit_share) as credit_share

    from pipeline_credits

    group by opportunity_id, attribution_model

),

uneven_pipeline as (

    select
        'pipeline' as what,
        divided_deals.opportunity_id as id,
        divided_deals.attribution_model,
        divided_deals.amount_eur as whole,
        sums_of_pipeline.credit_eur as parts

    from divided_deals

    left join sums_of_pipeline
        on divided_deals.opportunity_id = sums_of_pipeline.opportunity_id
        and divided_deals.attribution_model = sums_of_pipeline.attribution_model

    where
        divided_deals.closed_at is null
        and (
            sums_of_pipeline.credit_eur is distinct from divided_deals.amount_eur
            or sums_of_pipeline.credit_share is distinct from 1
        )

),

sums_of_touches as (

    select
        opportunity_id,
        attribution_model,
        touch_id,
        sum(credit_eur) as credit_eur

    from booking_credits

    group by opportunity_id, attribution_model, touch_id

),

uneven_touches as (

    select
        'touch' as what,
        touch_credits.touch_credit_id as id,
        touch_credits.attribution_model,
        sums_of_touches.credit_eur as whole,
        touch_credits.credit_eur as parts

    from touch_credits

    left join sums_of_touches
        on touch_credits.opportunity_id = sums_of_touches.opportunity_id
        and touch_credits.attribution_model = sums_of_touches.attribution_model
        and coalesce(touch_credits.touch_id, '')
        = coalesce(sums_of_touches.touch_id, '')

    where touch_credits.credit_eur is distinct from sums_of_touches.credit_eur

),

reversed_contracts as (

    select distinct contract_id

    from bookings

    where kind = 'reversal'

),

kept_after_reversal as (

    select
        'reversal' as what,
        booking_credits.contract_id as id,
        booking_credits.attribution_model,
        0 as whole,
        sum(booking_credits.credit_eur) as parts

    from booking_credits

    inner join reversed_contracts
        on booking_credits.contract_id = reversed_contracts.contract_id

    group by
        booking_credits.contract_id,
        booking_credits.attribution_model,
        booking_credits.touch_id

    having sum(booking_credits.credit_eur) <> 0

),

final as (

    select
        what,
        id,
        attribution_model,
        whole,
        parts

    from uneven_bookings

    union all

    select
        what,
        id,
        attribution_model,
        whole,
        parts

    from uneven_deals

    union all

    select
        what,
        id,
        attribution_model,
        whole,
        parts

    from uneven_pipeline

    union all

    select
        what,
        id,
        attribution_model,
        whole,
        parts

    from uneven_touches

    union all

    select
        what,
        id,
        attribution_model,
        whole,
        parts

    from kept_after_reversal

)

select * from final
