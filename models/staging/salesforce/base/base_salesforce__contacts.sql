with

exported as (

    select * from {{ raw_export('salesforce', 'contact') }}

),

as_of as (

    select * from {{ ref('as_of') }}

),

parsed as (

    select
        -- ids
        {{ salesforce_id('Id') }} as contact_id,
        {{ salesforce_id('MasterRecordId') }} as master_contact_id,
        {{ salesforce_id('AccountId') }} as account_id,
        {{ salesforce_id('OwnerId') }} as owner_id,

        -- attributes
        {{ text('FirstName') }} as first_name,
        {{ text('LastName') }} as last_name,
        {{ normalise_email('Email') }} as email,
        {{ text('Phone') }} as phone,
        {{ text('Title') }} as title,

        -- flags
        coalesce({{ parse_boolean('IsDeleted') }}, false) as is_deleted_in_crm,

        -- timestamps
        {{ parse_instant('CreatedDate') }} as created_at,
        {{ parse_instant('LastModifiedDate') }} as modified_at,

        -- export
        {{ export_columns('salesforce', 'contact') }},
        {{ first_unreadable([
            ('required', 'Id', 'contact_id'),
            ('email', 'Email', 'email'),
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

),

hidden as (

    {{ hide_erased(
        'visible',
        keys=[
            ('sf_contact', 'contact_id'),
            ('email', 'email'),
            ('sf_contact', 'master_contact_id'),
        ],
        happened='created_at',
        texts=['first_name', 'last_name', 'phone'],
    ) }}

)

-- The linter does not know how many columns a star with replacements has.
select * from hidden  -- noqa: AM04
