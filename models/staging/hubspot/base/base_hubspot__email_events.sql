with

exported as (

    {{ rows_with_repeats(
        raw_export('hubspot', 'email_events'), 'id', ref('base_hubspot__repeated_email_events')
    ) }}

),

as_of as (

    select * from {{ ref('as_of') }}

),

parsed as (

    select
        -- ids
        {{ text('id') }} as email_event_id,
        {{ text('emailCampaignId') }} as email_campaign_id,

        -- attributes
        lower({{ text('type') }}) as event_kind,
        {{ normalise_email('recipient') }} as recipient_email,
        {{ text('url') }} as url,
        lower({{ text('bounce_category') }}) as bounce_category,

        -- flags
        coalesce({{ parse_boolean('filteredEvent') }}, false) as is_filtered,

        -- timestamps
        {{ parse_instant('created') }} as occurred_at,

        -- export
        {{ export_columns('hubspot', 'email_events') }},
        _is_repeated,
        {{ first_unreadable([
            ('required', 'id', 'email_event_id'),
            ('required', 'type', 'event_kind'),
            ('required', 'recipient', 'recipient_email'),
            ('email', 'recipient', 'recipient_email'),
            ('boolean', 'filteredEvent', 'is_filtered'),
            ('required', 'created', 'occurred_at'),
            ('instant', 'created', 'occurred_at'),
        ]) }} as _unreadable,
        {{ first_clock_doubt([
            ('created', 'occurred_at'),
        ]) }} as _clock_doubt

    from exported

),

visible as (

    {{ visible_rows('parsed', happened=[
        ('occurred_at', 'created'),
    ]) }}

),

hidden as (

    {{ hide_erased(
        'visible',
        keys=[('email', 'recipient_email')],
        happened='occurred_at',
        ids=['email_event_id'],
        texts=[('url', without_values('visible.url'))],
    ) }}

)

-- The linter does not know how many columns a star with replacements has.
select * from hidden  -- noqa: AM04
