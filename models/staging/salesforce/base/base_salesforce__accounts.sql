with

exported as (

    select * from {{ raw_export('salesforce', 'account') }}

),

as_of as (

    select * from {{ ref('as_of') }}

),

parsed as (

    select
        -- ids
        {{ salesforce_id('Id') }} as account_id,
        {{ salesforce_id('MasterRecordId') }} as master_account_id,
        {{ salesforce_id('OwnerId') }} as owner_id,

        -- attributes
        {{ text('Name') }} as account_name,
        {{ text('Website') }} as website,
        {{ text('Industry') }} as industry,
        {{ text('BillingCountry') }} as country,

        -- amounts
        {{ parse_integer('NumberOfEmployees') }} as employees,

        -- flags
        coalesce({{ parse_boolean('IsDeleted') }}, false) as is_deleted_in_crm,

        -- timestamps
        {{ parse_instant('CreatedDate') }} as created_at,
        {{ parse_instant('LastModifiedDate') }} as modified_at,

        -- export
        {{ export_columns('salesforce', 'account') }},
        {{ first_unreadable([
            ('required', 'Id', 'account_id'),
            ('integer', 'NumberOfEmployees', 'employees'),
            ('boolean', 'IsDeleted', 'is_deleted_in_crm'),
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
