with

exported as (

    {{ rows_with_repeats(
        raw_export('web', 'pages'), 'id', ref('base_web__repeated_page_views')
    ) }}

),

as_of as (

    select * from {{ ref('as_of') }}

),

parsed as (

    select
        -- ids
        {{ text('id') }} as page_view_id,
        {{ text('anonymous_id') }} as anonymous_id,
        {{ text('user_id') }} as user_id,

        -- attributes
        {{ text('url') }} as url,
        {{ text('path') }} as path,
        {{ text('referrer') }} as referrer,
        {{ text('title') }} as title,
        {{ text('context_campaign_source') }} as utm_source,
        {{ text('context_campaign_medium') }} as utm_medium,
        {{ text('context_campaign_name') }} as utm_campaign,
        {{ text('context_campaign_term') }} as utm_term,
        {{ text('context_campaign_content') }} as utm_content,
        {{ text('context_user_agent') }} as user_agent,
        lower({{ text('consent_state') }}) as consent_state,

        -- timestamps
        {{ parse_instant('timestamp') }} as occurred_at,
        {{ parse_instant('received_at') }} as received_at,

        -- export
        {{ export_columns('web', 'pages') }},
        _is_repeated,
        {{ first_unreadable([
            ('required', 'id', 'page_view_id'),
            ('required', 'anonymous_id', 'anonymous_id'),
            ('required', 'timestamp', 'occurred_at'),
            ('instant', 'timestamp', 'occurred_at'),
            ('instant', 'received_at', 'received_at'),
        ]) }} as _unreadable,
        {{ first_clock_doubt([
            ('timestamp', 'occurred_at'),
            ('received_at', 'received_at'),
        ]) }} as _clock_doubt

    from exported

),

visible as (

    {{ visible_rows('parsed', happened=[
        ('occurred_at', 'timestamp'),
    ]) }}

),

hidden as (

    {{ hide_erased(
        'visible',
        keys=[('visitor', 'anonymous_id'), ('web_user', 'user_id')],
        happened='occurred_at',
        ids=['page_view_id'],
        texts=[
            ('url', without_values('visible.url')),
            ('path', without_addresses('visible.path')),
            ('referrer', without_values('visible.referrer')),
            'title',
            'utm_term',
        ],
    ) }}

)

-- The linter does not know how many columns a star with replacements has.
select * from hidden  -- noqa: AM04
