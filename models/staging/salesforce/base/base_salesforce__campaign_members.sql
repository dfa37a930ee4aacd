with

exported as (

    select * from {{ raw_export('salesforce', 'campaign_member') }}

),

as_of as (

    select * from {{ ref('as_of') }}

),

parsed as (

    select
        -- ids
        {{ salesforce_id('Id') }} as member_id,
        {{ salesforce_id('CampaignId') }} as campaign_id,
        {{ salesforce_id('LeadId') }} as lead_id,
        {{ salesforce_id('ContactId') }} as contact_id,

        -- attributes
        {{ text('Status') }} as status,

        -- flags
        coalesce({{ parse_boolean('HasResponded') }}, false) as has_responded,

        -- timestamps
        {{ parse_date('FirstRespondedDate') }} as first_responded_on,
        {{ parse_instant('CreatedDate') }} as created_at,
        {{ parse_instant('LastModifiedDate') }} as modified_at,

        -- export
        {{ export_columns('salesforce', 'campaign_member') }},
        {{ first_unreadable([
            ('required', 'Id', 'member_id'),
            ('required', 'CampaignId', 'campaign_id'),
            ('boolean', 'HasResponded', 'has_responded'),
            ('date', 'FirstRespondedDate', 'first_responded_on'),
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

    {{ visible_rows(
        'parsed',
        happened=[
            ('created_at', 'CreatedDate'),
            ('modified_at', 'LastModifiedDate'),
        ],
        happened_on=[('first_responded_on', 'FirstRespondedDate')],
    ) }}

),

hidden as (

    {{ hide_erased(
        'visible',
        keys=[('sf_lead', 'lead_id'), ('sf_contact', 'contact_id')],
        happened='created_at',
        ids=['member_id'],
        prefix_length=3,
    ) }}

)

-- The linter does not know how many columns a star with replacements has.
select * from hidden  -- noqa: AM04
