with

exported as (

    select * from {{ raw_export('salesforce', 'campaign') }}

),

as_of as (

    select * from {{ ref('as_of') }}

),

parsed as (

    select
        -- ids
        {{ salesforce_id('Id') }} as campaign_id,
        {{ salesforce_id('ParentId') }} as parent_campaign_id,
        {{ text('Ad_Campaign_Id__c') }} as ad_campaign_id,

        -- attributes
        {{ text('Name') }} as campaign_name,
        {{ text('Type') }} as campaign_type,
        {{ text('Status') }} as status,
        lower({{ text('Ad_Platform__c') }}) as ad_platform,

        -- amounts
        {{ parse_decimal('ActualCost') }} as actual_cost,

        -- flags
        coalesce({{ parse_boolean('IsDeleted') }}, false) as is_deleted_in_crm,

        -- timestamps
        {{ parse_date('StartDate') }} as start_date,
        {{ parse_date('EndDate') }} as end_date,

        -- export
        {{ export_columns('salesforce', 'campaign') }},
        {{ first_unreadable([
            ('required', 'Id', 'campaign_id'),
            ('decimal', 'ActualCost', 'actual_cost'),
            ('boolean', 'IsDeleted', 'is_deleted_in_crm'),
            ('date', 'StartDate', 'start_date'),
            ('date', 'EndDate', 'end_date'),
        ]) }} as _unreadable,
        {{ first_clock_doubt([('_exported_at', '_exported_at')]) }} as _clock_doubt

    from exported

),

visible as (

    {{ visible_rows('parsed') }}

)

select * from visible
