with

exported as (

    select * from {{ raw_export('finance', 'contracts') }}

),

as_of as (

    select * from {{ ref('as_of') }}

),

parsed as (

    select
        -- ids
        {{ text('contract_id') }} as contract_id,
        {{ salesforce_id('opportunity_id') }} as opportunity_id,

        -- attributes
        upper({{ text('currency') }}) as currency,

        -- amounts
        {{ parse_decimal('amount') }} as amount,

        -- timestamps
        {{ parse_date('signed_on') }} as signed_on,

        -- export
        {{ export_columns('finance', 'contracts') }},
        {{ first_unreadable([
            ('required', 'contract_id', 'contract_id'),
            ('required', 'opportunity_id', 'opportunity_id'),
            ('required', 'currency', 'currency'),
            ('required', 'amount', 'amount'),
            ('decimal', 'amount', 'amount'),
            ('required', 'signed_on', 'signed_on'),
            ('date', 'signed_on', 'signed_on'),
        ]) }} as _unreadable,
        {{ first_clock_doubt([('_exported_at', '_exported_at')]) }} as _clock_doubt

    from exported

),

visible as (

    {{ visible_rows('parsed', happened_on=[('signed_on', 'signed_on')]) }}

)

select * from visible
