with

as_of as (

    select * from {{ ref('as_of') }}

),

fx_rates as (

    select * from {{ ref('stg_finance__fx_rates') }}

),

-- A dump of Monday morning has no rate of Monday yet, so the newest day before it does.
known_rates as (

    select
        fx_rates.currency,
        fx_rates.rate_date,
        fx_rates.eur_per_unit,
        row_number() over (
            partition by fx_rates.currency
            order by fx_rates.rate_date desc nulls last
        ) as rate_number

    from fx_rates

    cross join as_of

    where
        not fx_rates._is_deleted
        and fx_rates.rate_date <= as_of.as_of_date_local

),

final as (

    select
        currency,
        rate_date,
        eur_per_unit

    from known_rates

    where rate_number = 1

)

select * from final
