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

channel_rules as (

    select * from {{ ref('channel_rules') }}

),

own_domains as (

    select * from {{ ref('own_domains') }}

),

campaign_codes as (

    select * from {{ ref('int_campaign_codes') }}

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

landings as (

    select
        session_spans.session_id,
        session_spans.anonymous_id,
        session_spans.page_view_count,
        session_spans.started_at,
        session_spans.ended_at,
        human_page_views.url,
        human_page_views.path,
        human_page_views.utm_source,
        human_page_views.utm_medium,
        human_page_views.utm_campaign,
        human_page_views.utm_term,
        human_page_views.utm_content,
        human_page_views.received_at,
        {{ domain_of_website('human_page_views.url') }} as own_host,
        {{ domain_of_website('human_page_views.referrer') }} as referrer_host

    from session_spans

    inner join human_page_views
        on session_spans.first_page_view_id = human_page_views.page_view_id

),

referrer_hosts as (

    select distinct referrer_host

    from landings

    where referrer_host is not null

),

own_hosts as (

    select distinct referrer_hosts.referrer_host

    from referrer_hosts

    inner join own_domains
        on referrer_hosts.referrer_host = lower(trim(own_domains.domain))
        or referrer_hosts.referrer_host like '%.' || lower(trim(own_domains.domain))

),

rules as (

    select
        priority,
        lower(trim(source_pattern)) as source_pattern,
        lower(trim(medium_pattern)) as medium_pattern,
        lower(trim(referrer_pattern)) as referrer_pattern,
        nullif(lower(trim(click_id)), '') as click_id,
        channel

    from channel_rules

),

click_ids as (

    select distinct click_id

    from rules

    where click_id is not null

),

-- A link can carry several: one of the advertisement and one of the network.
landing_click_ids as (

    select
        landings.session_id,
        {{ string_agg('click_ids.click_id', ' ', 'click_ids.click_id') }} as click_ids

    from landings

    inner join click_ids
        on lower(landings.url) like '%?' || click_ids.click_id || '=%'
        or lower(landings.url) like '%&' || click_ids.click_id || '=%'

    group by landings.session_id

),

-- Our own pages send nobody to us.
with_source as (

    select
        landings.session_id,
        landings.anonymous_id,
        landings.path as landing_path,
        landings.utm_source,
        landings.utm_medium,
        landings.utm_campaign,
        landings.utm_term,
        landings.utm_content,
        landings.page_view_count,
        landings.started_at,
        landings.ended_at,
        landings.received_at,
        coalesce(lower(landings.utm_source), '(none)') as source,
        coalesce(lower(landings.utm_medium), '(none)') as medium,
        case
            when own_hosts.referrer_host is not null then '(none)'
            when landings.referrer_host = landings.own_host then '(none)'
            else coalesce(landings.referrer_host, '(none)')
        end as referrer,
        coalesce(landing_click_ids.click_ids, '') as click_ids

    from landings

    left join own_hosts on landings.referrer_host = own_hosts.referrer_host

    left join landing_click_ids on landings.session_id = landing_click_ids.session_id

),

distinct_sources as (

    select distinct
        source,
        medium,
        referrer,
        click_ids

    from with_source

),

source_matches as (

    select
        distinct_sources.source,
        distinct_sources.medium,
        distinct_sources.referrer,
        distinct_sources.click_ids,
        rules.channel,
        row_number() over (
            partition by
                distinct_sources.source,
                distinct_sources.medium,
                distinct_sources.referrer,
                distinct_sources.click_ids
            order by rules.priority nulls last, rules.channel
        ) as match_number

    from distinct_sources

    inner join rules
        on distinct_sources.source like rules.source_pattern
        and distinct_sources.medium like rules.medium_pattern
        and distinct_sources.referrer like rules.referrer_pattern
        and (
            rules.click_id is null
            or ' ' || distinct_sources.click_ids || ' '
            like '% ' || rules.click_id || ' %'
        )

),

-- A name is read as a code once, and not at every visit that carries it.
campaign_names as (

    select distinct utm_campaign

    from with_source

    where utm_campaign is not null

),

campaign_matches as (

    select
        campaign_names.utm_campaign,
        campaign_codes.campaign_id

    from campaign_names

    inner join campaign_codes
        on {{ campaign_code('campaign_names.utm_campaign') }}
        = campaign_codes.campaign_code

),

final as (

    select
        -- ids
        with_source.session_id,
        with_source.anonymous_id,
        identified_views.person_id,
        campaign_matches.campaign_id,

        -- attributes
        coalesce(source_matches.channel, 'unassigned') as channel,
        with_source.landing_path,
        with_source.utm_source,
        with_source.utm_medium,
        with_source.utm_campaign,
        with_source.utm_term,
        with_source.utm_content,

        -- amounts
        with_source.page_view_count,

        -- timestamps
        with_source.started_at,
        with_source.ended_at,
        greatest(
            with_source.started_at,
            coalesce(with_source.received_at, with_source.started_at)
        ) as recorded_at

    from with_source

    left join identified_views
        on with_source.session_id = identified_views.session_id
        and identified_views.view_number = 1

    left join source_matches
        on with_source.source = source_matches.source
        and with_source.medium = source_matches.medium
        and with_source.referrer = source_matches.referrer
        and with_source.click_ids = source_matches.click_ids
        and source_matches.match_number = 1

    left join campaign_matches
        on with_source.utm_campaign = campaign_matches.utm_campaign

)

select * from final
