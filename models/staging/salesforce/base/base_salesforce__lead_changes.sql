with

exported as (

    select * from {{ raw_export('salesforce', 'lead_history') }}

),

as_of as (

    select * from {{ ref('as_of') }}

),

parsed as (

    select
        -- ids
        {{ salesforce_id('Id') }} as change_id,
        {{ salesforce_id('LeadId') }} as lead_id,
        {{ salesforce_id('CreatedById') }} as created_by_id,

        -- attributes
        {{ text('Field') }} as field,
        {{ changed_value('OldValue') }} as old_value,
        {{ changed_value('NewValue') }} as new_value,

        -- timestamps
        {{ parse_instant('CreatedDate') }} as occurred_at,

        -- export
        {{ export_columns('salesforce', 'lead_history') }},
        {{ first_unreadable([
            ('required', 'Id', 'change_id'),
            ('required', 'LeadId', 'lead_id'),
            ('required', 'Field', 'field'),
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

),

hidden as (

    {{ hide_erased(
        'visible',
        keys=[('sf_lead', 'lead_id')],
        happened='occurred_at',
        ids=['change_id'],
        texts=[
            ('old_value', mapped_change('visible.field', 'visible.old_value')),
            ('new_value', mapped_change('visible.field', 'visible.new_value')),
        ],
        prefix_length=3,
        order_ids_by='lead_id',
    ) }}

)

-- The linter does not know how many columns a star with replacements has.
select * from hidden  -- noqa: AM04
