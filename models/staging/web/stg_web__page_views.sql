with

settled as (

    select * from {{ ref('base_web__settled_page_views') }}

),

newest_copies as (

    {{ newest_copies(
        ref('base_web__unsettled_page_views'), ['page_view_id']
    ) }}

),

final as (

    select
        -- ids
        page_view_id,
        anonymous_id,
        user_id,

        -- attributes
        url,
        path,
        referrer,
        title,
        utm_source,
        utm_medium,
        utm_campaign,
        utm_term,
        utm_content,
        user_agent,
        consent_state,

        -- timestamps
        occurred_at,
        received_at,

        -- export
        _exported_at,
        _source_file,
        _row_number

    from settled

    union all

    select
        page_view_id,
        anonymous_id,
        user_id,
        url,
        path,
        referrer,
        title,
        utm_source,
        utm_medium,
        utm_campaign,
        utm_term,
        utm_content,
        user_agent,
        consent_state,
        occurred_at,
        received_at,
        _exported_at,
        _source_file,
        _row_number

    from newest_copies

)

select * from final
