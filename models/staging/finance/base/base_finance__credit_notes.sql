with

exported as (

    select * from {{ raw_export('finance', 'credit_notes') }}

),

as_of as (

    select * from {{ ref('as_of') }}

),

parsed as (

    select
        -- ids
        {{ text('credit_note_id') }} as credit_note_id,
        {{ text('contract_id') }} as contract_id,

        -- attributes
        upper({{ text('currency') }}) as currency,

        -- amounts
        {{ parse_decimal('amount') }} as amount,

        -- timestamps
        {{ parse_date('refunded_on') }} as refunded_on,

        -- export
        {{ export_columns('finance', 'credit_notes') }},
        {{ first_unreadable([
            ('required', 'credit_note_id', 'credit_note_id'),
            ('required', 'contract_id', 'contract_id'),
            ('required', 'currency', 'currency'),
            ('required', 'amount', 'amount'),
            ('decimal', 'amount', 'amount'),
            ('required', 'refunded_on', 'refunded_on'),
            ('date', 'refunded_on', 'refunded_on'),
        ]) }} as _unreadable,
        {{ first_clock_doubt([('_exported_at', '_exported_at')]) }} as _clock_doubt

    from exported

),

visible as (

    {{ visible_rows('parsed', happened_on=[('refunded_on', 'refunded_on')]) }}

)

select * from visible
