with

human_page_views as (

    select * from {{ ref('int_human_page_views') }}

),

foreign_referrers as (

    select * from {{ ref('int_foreign_referrers') }}

),

link_click_ids as (

    select * from {{ ref('int_link_click_ids') }}

),

channel_rules as (

    select * from {{ ref('channel_rules') }}

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

sources_seen as (

    select distinct
        utm_source,
        utm_medium,
        referrer

    from human_page_views

),

named_sources as (

    select distinct
        coalesce(lower(sources_seen.utm_source), '(none)') as source,
        coalesce(lower(sources_seen.utm_medium), '(none)') as medium,
        coalesce(foreign_referrers.referrer_host, '(none)') as referrer

    from sources_seen

    left join foreign_referrers on sources_seen.referrer = foreign_referrers.referrer

),

-- A referrer of the very site that was visited is none, which only the visit can tell.
sources_with_and_without_referrer as (

    select
        source,
        medium,
        referrer

    from named_sources

    union

    select
        source,
        medium,
        '(none)' as referrer

    from named_sources

),

kinds_of_click as (

    select click_ids from link_click_ids

    union

    select '' as click_ids

),

distinct_sources as (

    select
        sources_with_and_without_referrer.source,
        sources_with_and_without_referrer.medium,
        sources_with_and_without_referrer.referrer,
        kinds_of_click.click_ids

    from sources_with_and_without_referrer

    cross join kinds_of_click

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

final as (

    select
        source,
        medium,
        referrer,
        click_ids,
        channel

    from source_matches

    where match_number = 1

)

select * from final
