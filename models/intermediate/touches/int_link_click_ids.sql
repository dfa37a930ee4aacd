with

human_page_views as (

    select * from {{ ref('int_human_page_views') }}

),

channel_rules as (

    select * from {{ ref('channel_rules') }}

),

click_ids as (

    select distinct lower(trim(click_id)) as click_id

    from channel_rules

    where trim(click_id) <> ''

),

links as (

    select distinct url

    from human_page_views

    where url like '%=%'

),

-- A link can carry several: one of the advertisement and one of the network.
final as (

    select
        links.url,
        {{ string_agg('click_ids.click_id', ' ', 'click_ids.click_id') }} as click_ids

    from links

    inner join click_ids
        on lower(links.url) like '%?' || click_ids.click_id || '=%'
        or lower(links.url) like '%&' || click_ids.click_id || '=%'

    group by links.url

)

select * from final
