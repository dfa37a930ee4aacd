with

settled as (

    select * from {{ ref('base_hubspot__settled_email_events') }}

),

newest_copies as (

    {{ newest_copies(
        ref('base_hubspot__unsettled_email_events'), ['email_event_id']
    ) }}

),

final as (

    select
        -- ids
        email_event_id,
        email_campaign_id,

        -- attributes
        event_kind,
        recipient_email,
        url,
        bounce_category,

        -- flags
        is_filtered,

        -- timestamps
        occurred_at,

        -- export
        _exported_at,
        _source_file,
        _row_number

    from settled

    union all

    select
        email_event_id,
        email_campaign_id,
        event_kind,
        recipient_email,
        url,
        bounce_category,
        is_filtered,
        occurred_at,
        _exported_at,
        _source_file,
        _row_number

    from newest_copies

)

select * from final
