with

exported as (

    select * from {{ raw_export('salesforce', 'user') }}

),

as_of as (

    select * from {{ ref('as_of') }}

),

parsed as (

    select
        -- ids
        {{ salesforce_id('Id') }} as user_id,

        -- attributes
        {{ text('Name') }} as user_name,
        {{ normalise_email('Email') }} as email,
        {{ text('Department') }} as department,
        case when lower({{ text('Type') }}) = 'queue' then 'Queue' else 'User' end
            as user_type,

        -- flags
        coalesce({{ parse_boolean('IsActive') }}, true) as is_active,

        -- timestamps
        {{ parse_instant('CreatedDate') }} as created_at,
        {{ parse_instant('LastModifiedDate') }} as modified_at,

        -- export
        {{ export_columns('salesforce', 'user') }},
        {{ first_unreadable([
            ('required', 'Id', 'user_id'),
            ('email', 'Email', 'email'),
            ('boolean', 'IsActive', 'is_active'),
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
