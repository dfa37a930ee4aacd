with

newest_copies as (

    {{ newest_copies(
        ref('base_hubspot__email_events'),
        ['email_event_id'],
        unsettled=ref('base_hubspot__unsettled_email_events'),
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

    from newest_copies

)

select * from final
