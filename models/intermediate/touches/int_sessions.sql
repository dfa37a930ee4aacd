with

session_spans as (

    select * from {{ ref('int_session_spans') }}

),

human_page_views as (

    select * from {{ ref('int_human_page_views') }}

),

page_views as (

    select * from {{ ref('int_page_views') }}

),

foreign_referrers as (

    select * from {{ ref('int_foreign_referrers') }}

),

link_click_ids as (

    select * from {{ ref('int_link_click_ids') }}

),

visit_channels as (

    select * from {{ ref('int_visit_channels') }}

),

utm_campaigns as (

    select * from {{ ref('int_utm_campaigns') }}

),

identified_views as (

    select
        session_id,
        person_id,
        row_number() over (
            partition by session_id
            order by occurred_at nulls last, page_view_id
        ) as view_number

    from page_views

    where person_id is not null

),

-- Read once and passed on: a visit has many texts, and no more than a few of them are
-- kept in memory.
landings as (

    select
        session_spans.session_id,
        session_spans.anonymous_id,
        session_spans.page_view_count,
        session_spans.is_consented,
        session_spans.started_at,
        session_spans.ended_at,
        human_page_views.utm_campaign,
        human_page_views.received_at,
        coalesce(lower(human_page_views.utm_source), '(none)') as source,
        coalesce(lower(human_page_views.utm_medium), '(none)') as medium,
        case
            when
                foreign_referrers.referrer_host
                = {{ domain_of_website('human_page_views.url') }}
                then '(none)'
            else coalesce(foreign_referrers.referrer_host, '(none)')
        end as referrer,
        coalesce(link_click_ids.click_ids, '') as click_ids

    from session_spans

    inner join human_page_views
        on session_spans.first_page_view_id = human_page_views.page_view_id

    left join foreign_referrers
        on human_page_views.referrer = foreign_referrers.referrer

    left join link_click_ids on human_page_views.url = link_click_ids.url

),

final as (

    select
        -- ids
        landings.session_id,
        landings.anonymous_id,
        identified_views.person_id,
        utm_campaigns.campaign_id,

        -- attributes
        coalesce(visit_channels.channel, 'unassigned') as channel,
        landings.utm_campaign,

        -- amounts
        landings.page_view_count,

        -- flags
        landings.is_consented,

        -- timestamps
        landings.started_at,
        landings.ended_at,
        greatest(
            landings.started_at,
            coalesce(landings.received_at, landings.started_at)
        ) as recorded_at

    from landings

    left join identified_views
        on landings.session_id = identified_views.session_id
        and identified_views.view_number = 1

    left join visit_channels
        on landings.source = visit_channels.source
        and landings.medium = visit_channels.medium
        and landings.referrer = visit_channels.referrer
        and landings.click_ids = visit_channels.click_ids

    left join utm_campaigns on landings.utm_campaign = utm_campaigns.utm_campaign

)

select * from final
