{#- Of tables of many events a first reading tells which few rows need a second look. Of all
    others it is known that they can be read, and nothing is asked of them again. The
    readings are one and the same, from `exported` to `hidden`. -#}
{% macro read_page_views(are_settled=false) -%}
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
        {{ number_of_text(text('id')) }} as _id_number,
        {% if are_settled -%}
        cast(null as varchar) as _unreadable,
        cast(null as varchar) as _clock_doubt
        {%- else -%}
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
        {%- endif %}

    from exported

),

visible as (

    {{ visible_rows('parsed', happened=[] if are_settled else [
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
{%- endmacro %}


{% macro read_email_events(are_settled=false) -%}
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
        {{ number_of_text(text('id')) }} as _id_number,
        {% if are_settled -%}
        cast(null as varchar) as _unreadable,
        cast(null as varchar) as _clock_doubt
        {%- else -%}
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
        {%- endif %}

    from exported

),

visible as (

    {{ visible_rows('parsed', happened=[] if are_settled else [
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
{%- endmacro %}
