with

exported as (

    select * from {{ raw_export('salesforce', 'opportunity_contact_role') }}

),

as_of as (

    select * from {{ ref('as_of') }}

),

parsed as (

    select
        -- ids
        {{ salesforce_id('Id') }} as role_id,
        {{ salesforce_id('OpportunityId') }} as opportunity_id,
        {{ salesforce_id('ContactId') }} as contact_id,

        -- attributes
        {{ text('Role') }} as role,

        -- flags
        coalesce({{ parse_boolean('IsPrimary') }}, false) as is_primary,

        -- timestamps
        {{ parse_instant('CreatedDate') }} as created_at,

        -- export
        {{ export_columns('salesforce', 'opportunity_contact_role') }},
        {{ first_unreadable([
            ('required', 'Id', 'role_id'),
            ('required', 'OpportunityId', 'opportunity_id'),
            ('required', 'ContactId', 'contact_id'),
            ('boolean', 'IsPrimary', 'is_primary'),
            ('instant', 'CreatedDate', 'created_at'),
        ]) }} as _unreadable,
        {{ first_clock_doubt([
            ('CreatedDate', 'created_at'),
        ]) }} as _clock_doubt

    from exported

),

visible as (

    {{ visible_rows('parsed', happened=[
        ('created_at', 'CreatedDate'),
    ]) }}

),

hidden as (

    {{ hide_erased(
        'visible',
        keys=[('sf_contact', 'contact_id')],
        happened='created_at',
        ids=['role_id'],
        prefix_length=3,
    ) }}

)

-- The linter does not know how many columns a star with replacements has.
select * from hidden  -- noqa: AM04
