with

exported as (

    select * from {{ raw_export('salesforce', 'opportunity') }}

),

as_of as (

    select * from {{ ref('as_of') }}

),

parsed as (

    select
        -- ids
        {{ salesforce_id('Id') }} as opportunity_id,
        {{ salesforce_id('AccountId') }} as account_id,
        {{ salesforce_id('CampaignId') }} as campaign_id,
        {{ salesforce_id('OwnerId') }} as owner_id,

        -- attributes
        {{ text('Name') }} as opportunity_name,
        {{ text('StageName') }} as stage_name,
        upper({{ text('CurrencyIsoCode') }}) as currency,
        {{ text('Type') }} as opportunity_type,
        {{ text('LeadSource') }} as lead_source,
        {{ text('Loss_Reason__c') }} as loss_reason,

        -- amounts
        {{ parse_decimal('Amount') }} as amount,
        {{ parse_decimal('Probability') }} as probability,

        -- flags
        coalesce({{ parse_boolean('IsDeleted') }}, false) as is_deleted_in_crm,
        coalesce({{ parse_boolean('IsClosed') }}, false) as is_closed,
        coalesce({{ parse_boolean('IsWon') }}, false) as is_won,

        -- timestamps
        {{ parse_date('CloseDate') }} as close_date,
        {{ parse_instant('CreatedDate') }} as created_at,
        {{ parse_instant('LastModifiedDate') }} as modified_at,

        -- export
        {{ export_columns('salesforce', 'opportunity') }},
        {{ first_unreadable([
            ('required', 'Id', 'opportunity_id'),
            ('required', 'StageName', 'stage_name'),
            ('decimal', 'Amount', 'amount'),
            ('decimal', 'Probability', 'probability'),
            ('boolean', 'IsDeleted', 'is_deleted_in_crm'),
            ('boolean', 'IsClosed', 'is_closed'),
            ('boolean', 'IsWon', 'is_won'),
            ('date', 'CloseDate', 'close_date'),
            ('required', 'CreatedDate', 'created_at'),
            ('instant', 'CreatedDate', 'created_at'),
            ('instant', 'LastModifiedDate', 'modified_at'),
        ]) }} as _unreadable,
        {{ first_clock_doubt([
            ('CreatedDate', 'created_at'),
            ('LastModifiedDate', 'modified_at'),
        ]) }} as _clock_doubt

    from exported

),

visible as (

    {{ visible_rows('parsed', happened=[
        ('created_at', 'CreatedDate'),
        ('modified_at', 'LastModifiedDate'),
    ]) }}

)

-- The linter does not know how many columns a star with replacements has.
select * from visible  -- noqa: AM04
