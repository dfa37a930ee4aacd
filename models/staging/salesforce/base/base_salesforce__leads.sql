with

exported as (

    select * from {{ raw_export('salesforce', 'lead') }}

),

as_of as (

    select * from {{ ref('as_of') }}

),

parsed as (

    select
        -- ids
        {{ salesforce_id('Id') }} as lead_id,
        {{ salesforce_id('MasterRecordId') }} as master_lead_id,
        {{ salesforce_id('OwnerId') }} as owner_id,
        {{ salesforce_id('ConvertedAccountId') }} as converted_account_id,
        {{ salesforce_id('ConvertedContactId') }} as converted_contact_id,
        {{ salesforce_id('ConvertedOpportunityId') }} as converted_opportunity_id,
        {{ salesforce_id('CreatedById') }} as created_by_id,

        -- attributes
        {{ text('FirstName') }} as first_name,
        {{ text('LastName') }} as last_name,
        {{ normalise_email('Email') }} as email,
        {{ text('Phone') }} as phone,
        {{ text('Title') }} as title,
        {{ text('Company') }} as company_name,
        {{ text('Website') }} as website,
        {{ text('Country') }} as country,
        {{ text('Industry') }} as industry,
        {{ text('LeadSource') }} as lead_source,
        {{ text('Status') }} as status,
        {{ text('Rejection_Reason__c') }} as rejection_reason,

        -- amounts
        {{ parse_integer('NumberOfEmployees') }} as employees,
        {{ parse_integer('Callback_Months__c') }} as callback_months,

        -- flags
        coalesce({{ parse_boolean('IsDeleted') }}, false) as is_deleted_in_crm,
        coalesce({{ parse_boolean('IsConverted') }}, false) as is_converted,
        coalesce({{ parse_boolean('Callback_Requested_By_Person__c') }}, false)
            as is_callback_requested_by_person,

        -- timestamps
        {{ parse_date('ConvertedDate') }} as converted_on,
        {{ parse_instant('CreatedDate') }} as created_at,
        {{ parse_instant('LastModifiedDate') }} as modified_at,
        {{ parse_instant('Callback_Requested_On__c') }} as callback_requested_at,

        -- export
        {{ export_columns('salesforce', 'lead') }},
        {{ first_unreadable([
            ('required', 'Id', 'lead_id'),
            ('email', 'Email', 'email'),
            ('integer', 'NumberOfEmployees', 'employees'),
            ('integer', 'Callback_Months__c', 'callback_months'),
            ('boolean', 'IsDeleted', 'is_deleted_in_crm'),
            ('boolean', 'IsConverted', 'is_converted'),
            ('boolean', 'Callback_Requested_By_Person__c', 'is_callback_requested_by_person'),
            ('date', 'ConvertedDate', 'converted_on'),
            ('required', 'CreatedDate', 'created_at'),
            ('instant', 'CreatedDate', 'created_at'),
            ('instant', 'LastModifiedDate', 'modified_at'),
            ('instant', 'Callback_Requested_On__c', 'callback_requested_at'),
        ]) }} as _unreadable,
        {{ first_clock_doubt([
            ('CreatedDate', 'created_at'),
            ('LastModifiedDate', 'modified_at'),
            ('Callback_Requested_On__c', 'callback_requested_at'),
        ]) }} as _clock_doubt

    from exported

),

visible as (

    {{ visible_rows('parsed', happened=[
        ('created_at', 'CreatedDate'),
        ('modified_at', 'LastModifiedDate'),
    ]) }}

),

hidden as (

    {{ hide_erased(
        'visible',
        keys=[
            ('sf_lead', 'lead_id'),
            ('email', 'email'),
            ('sf_lead', 'master_lead_id'),
            ('sf_contact', 'converted_contact_id'),
        ],
        happened='created_at',
        texts=['first_name', 'last_name', 'phone', 'company_name', 'website'],
    ) }}

)

-- The linter does not know how many columns a star with replacements has.
select * from hidden  -- noqa: AM04
