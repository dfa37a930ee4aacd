with

contracts as (

    select * from {{ ref('stg_finance__contracts') }}

),

credit_notes as (

    select * from {{ ref('stg_finance__credit_notes') }}

),

fx_rates as (

    select * from {{ ref('stg_finance__fx_rates') }}

),

opportunities as (

    select * from {{ ref('int_opportunity_outcomes') }}

),

rates as (

    select
        currency,
        rate_date,
        eur_per_unit

    from fx_rates

    where not _is_deleted

),

signed_contracts as (

    select
        contracts.contract_id,
        contracts.opportunity_id,
        contracts.contract_id as receipt_id,
        contracts.signed_on as booked_on,
        contracts.amount,
        contracts.currency,
        {{ convert_to_eur(
            'contracts.amount',
            'contracts.currency',
            'rates.eur_per_unit',
            'contracts.signed_on'
        ) }} as amount_eur

    from contracts

    left join rates
        on contracts.currency = rates.currency
        and contracts.signed_on = rates.rate_date

    where not contracts._is_deleted

),

-- A win that did not stand takes its contract back on the day of the reopening, or on
-- the day of signing when the contract came later.
reversed_contracts as (

    select
        signed_contracts.contract_id,
        greatest(
            {{ local_date('opportunities.reversed_at') }}, signed_contracts.booked_on
        ) as reversed_on

    from signed_contracts

    inner join opportunities
        on signed_contracts.opportunity_id = opportunities.opportunity_id

    where opportunities.is_win_reversed

),

-- Some systems write a credit note with a minus and some without. One after the
-- reversal is how finance books that reversal, and would take the money back twice.
refunds as (

    select
        signed_contracts.contract_id,
        signed_contracts.opportunity_id,
        credit_notes.credit_note_id as receipt_id,
        credit_notes.refunded_on as booked_on,
        -abs(credit_notes.amount) as amount,
        credit_notes.currency,
        {{ convert_to_eur(
            '-abs(credit_notes.amount)',
            'credit_notes.currency',
            'rates.eur_per_unit',
            'credit_notes.refunded_on'
        ) }} as amount_eur

    from credit_notes

    inner join signed_contracts
        on credit_notes.contract_id = signed_contracts.contract_id

    left join reversed_contracts
        on credit_notes.contract_id = reversed_contracts.contract_id

    left join rates
        on credit_notes.currency = rates.currency
        and credit_notes.refunded_on = rates.rate_date

    where
        not credit_notes._is_deleted
        and (
            reversed_contracts.reversed_on is null
            or credit_notes.refunded_on <= reversed_contracts.reversed_on
        )

),

refunds_by_contract as (

    select
        contract_id,
        sum(amount_eur) as amount_eur

    from refunds

    group by contract_id

),

-- What was booked goes back at the rate at which it was booked, so nothing is left.
reversals as (

    select
        signed_contracts.contract_id,
        signed_contracts.opportunity_id,
        signed_contracts.contract_id as receipt_id,
        reversed_contracts.reversed_on as booked_on,
        -(
            signed_contracts.amount_eur
            + coalesce(refunds_by_contract.amount_eur, 0)
        ) as amount_eur

    from reversed_contracts

    inner join signed_contracts
        on reversed_contracts.contract_id = signed_contracts.contract_id

    left join refunds_by_contract
        on reversed_contracts.contract_id = refunds_by_contract.contract_id

),

bookings as (

    select
        'contract' as kind,
        'contract' as receipt_type,
        receipt_id,
        contract_id,
        opportunity_id,
        booked_on,
        amount,
        currency,
        amount_eur

    from signed_contracts

    union all

    select
        'refund' as kind,
        'credit_note' as receipt_type,
        receipt_id,
        contract_id,
        opportunity_id,
        booked_on,
        amount,
        currency,
        amount_eur

    from refunds

    union all

    select
        'reversal' as kind,
        'contract' as receipt_type,
        receipt_id,
        contract_id,
        opportunity_id,
        booked_on,
        amount_eur as amount,
        'EUR' as currency,
        amount_eur

    from reversals

),

final as (

    select
        -- ids
        {{ hash_key(['kind', 'receipt_id']) }} as booking_id,
        opportunity_id,
        contract_id,

        -- attributes
        kind,
        receipt_type,
        receipt_id,

        -- amounts
        cast(amount as decimal(18, 2)) as amount,
        currency,
        cast(amount_eur as decimal(18, 2)) as amount_eur,

        -- dates
        booked_on

    from bookings

)

select * from final
