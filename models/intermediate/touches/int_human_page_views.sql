with

page_views as (

    select * from {{ ref('stg_web__page_views') }}

),

user_agents as (

    select * from {{ ref('base_web__user_agents') }}

),

bot_user_agents as (

    select * from {{ ref('bot_user_agents') }}

),

visitor_consents as (

    select * from {{ ref('int_visitor_consents') }}

),

bots as (

    select distinct user_agents.user_agent

    from user_agents

    inner join bot_user_agents
        on lower(user_agents.user_agent) like lower(trim(bot_user_agents.pattern))

),

-- What the ledger of consents says goes before what the page view says of itself.
final as (

    select
        -- ids
        page_views.page_view_id,
        page_views.anonymous_id,

        -- attributes
        page_views.url,
        page_views.path,
        page_views.referrer,
        page_views.utm_source,
        page_views.utm_medium,
        page_views.utm_campaign,

        -- flags
        coalesce(
            visitor_consents.consent_state, page_views.consent_state, ''
        ) = 'granted' as is_consented,

        -- timestamps
        page_views.occurred_at,
        page_views.received_at

    from page_views

    left join bots on page_views.user_agent = bots.user_agent

    left join visitor_consents
        on page_views.anonymous_id = visitor_consents.anonymous_id
        and {{ is_in_period('page_views.occurred_at', 'visitor_consents') }}

    where bots.user_agent is null

)

select * from final
