with

exported as (

    select * from {{ raw_export('salesforce', 'opportunity_history') }}

),

as_of as (

    select * from {{ ref('as_of') }}

),

parsed as (

    select
        -- ids
        {{ salesforce_id('Id') }} as change_id,
        {{ salesforce_id('OpportunityId') }} as opportunity_id,
        {{ salesforce_id('CreatedById') }} as created_by_id,

        -- attributes
        {{ text('StageName') }} as stage_name,

        -- amounts
        {{ parse_decimal('Amount') }} as amount,
        {{ parse_decimal('Probability') }} as probability,

        -- timestamps
        {{ parse_date('CloseDate') }} as close_date,
        {{ parse_instant('CreatedDate') }} as occurred_at,

        -- export
        {{ export_columns('salesforce', 'opportunity_history') }},
        {{ first_unreadable([
            ('required', 'Id', 'change_id'),
            ('required', 'OpportunityId', 'opportunity_id'),
            ('required', 'StageName', 'stage_name'),
            ('decimal', 'Amount', 'amount'),
            ('decimal', 'Probability', 'probability'),
            ('date', 'CloseDate', 'close_date'),
            ('required', 'CreatedDate', 'occurred_at'),
            ('instant', 'CreatedDate', 'occurred_at'),
        ]) }} as _unreadable,
        {{ first_clock_doubt([
            ('CreatedDate', 'occurred_at'),
        ]) }} as _clock_doubt

    from exported

),

visible as (

    {{ visible_rows('parsed', happened=[
        ('occurred_at', 'CreatedDate'),
    ]) }}

)

-- The linter does not know how many columns a star with replacements has.
select * from visible  -- noqa: AM04
