-- What finance signed and refunded is what the mart holds, to the cent, and a
-- contract whose win did not stand ends at zero. A row is a contract with another
-- total.
with

contracts as (

    select * from {{ ref('stg_finance__contracts') }}

),

credit_notes as (

    select * from {{ ref('stg_finance__credit_notes') }}

),

opportunities as (

    select * from {{ ref('int_opportunity_outcomes') }}

),

bookings as (

    select * from {{ ref('fct_bookings') }}

),

credited as (

    select
        contract_id,
        sum(abs(amount)) as credited_amount

    from credit_notes

    where not _is_deleted

    group by contract_id

),

exported as (

    select
        contracts.contract_id,
        contracts.currency,
        contracts.amount as signed_amount,
        coalesce(credited.credited_amount, 0) as credited_amount,
        coalesce(opportunities.is_win_reversed, false) as is_win_reversed

    from contracts

    left join credited on contracts.contract_id = credited.contract_id

    left join opportunities
        on contracts.opportunity_id = opportunities.opportunity_id

    where not contracts._is_deleted

),

booked as (

    select
        contract_id,
        sum(case when kind = 'contract' then amount else 0 end) as booked_amount,
        sum(case when kind = 'refund' then -amount else 0 end) as refunded_amount,
        sum(amount_eur) as net_amount_eur

    from bookings

    group by contract_id

),

compared as (

    select
        coalesce(exported.contract_id, booked.contract_id) as contract_id,
        exported.currency,
        exported.is_win_reversed,
        exported.signed_amount,
        booked.booked_amount,
        exported.credited_amount,
        booked.refunded_amount,
        booked.net_amount_eur

    from exported

    full outer join booked on exported.contract_id = booked.contract_id

)

select * from compared

where
    signed_amount is distinct from booked_amount
    or (not is_win_reversed and credited_amount <> refunded_amount)
    or (is_win_reversed and net_amount_eur <> 0)
