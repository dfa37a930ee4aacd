with

exported as (

    select * from {{ raw_export('finance', 'fx_rates') }}

),

as_of as (

    select * from {{ ref('as_of') }}

),

parsed as (

    select
        -- attributes
        upper({{ text('currency') }}) as currency,

        -- amounts
        {{ parse_decimal('eur_per_unit', scale=8, grouped=false) }} as eur_per_unit,

        -- timestamps
        {{ parse_date('rate_date') }} as rate_date,

        -- export
        {{ export_columns('finance', 'fx_rates') }},
        {{ first_unreadable([
            ('required', 'currency', 'currency'),
            ('required', 'eur_per_unit', 'eur_per_unit'),
            ('decimal', 'eur_per_unit', 'eur_per_unit'),
            ('required', 'rate_date', 'rate_date'),
            ('date', 'rate_date', 'rate_date'),
        ]) }} as _unreadable,
        {{ first_clock_doubt([('_exported_at', '_exported_at')]) }} as _clock_doubt

    from exported

),

visible as (

    {{ visible_rows('parsed') }}

)

select * from visible
