with

exported as (

    select * from {{ raw_export('salesforce', 'task') }}

),

as_of as (

    select * from {{ ref('as_of') }}

),

parsed as (

    select
        -- ids
        {{ salesforce_id('Id') }} as task_id,
        {{ salesforce_id('WhoId') }} as who_id,
        {{ salesforce_id('WhatId') }} as what_id,
        {{ salesforce_id('OwnerId') }} as owner_id,

        -- attributes
        {{ text('Subject') }} as subject,
        {{ text('Type') }} as task_type,
        {{ text('TaskSubtype') }} as task_subtype,
        {{ text('Status') }} as status,
        {{ text('CallDisposition') }} as call_disposition,

        -- flags
        coalesce({{ parse_boolean('Is_Automated__c') }}, false) as is_automated,

        -- timestamps
        {{ parse_instant('CreatedDate') }} as created_at,
        {{ parse_instant('CompletedDateTime') }} as completed_at,

        -- export
        {{ export_columns('salesforce', 'task') }},
        {{ first_unreadable([
            ('required', 'Id', 'task_id'),
            ('boolean', 'Is_Automated__c', 'is_automated'),
            ('required', 'CreatedDate', 'created_at'),
            ('instant', 'CreatedDate', 'created_at'),
            ('instant', 'CompletedDateTime', 'completed_at'),
        ]) }} as _unreadable,
        {{ first_clock_doubt([
            ('CreatedDate', 'created_at'),
            ('CompletedDateTime', 'completed_at'),
        ]) }} as _clock_doubt

    from exported

),

visible as (

    {{ visible_rows('parsed', happened=[
        ('created_at', 'CreatedDate'),
        ('completed_at', 'CompletedDateTime'),
    ]) }}

),

hidden as (

    {{ hide_erased(
        'visible',
        keys=[('sf_lead sf_contact', 'who_id')],
        happened='created_at',
        ids=['task_id'],
        texts=['subject'],
        prefix_length=3,
    ) }}

)

-- The linter does not know how many columns a star with replacements has.
select * from hidden  -- noqa: AM04
