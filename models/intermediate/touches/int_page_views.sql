with

page_views as (

    select * from {{ ref('int_human_page_views') }}

),

session_spans as (

    select * from {{ ref('int_session_spans') }}

),

page_groups as (

    select * from {{ ref('page_groups') }}

),

identifications as (

    select * from {{ ref('int_visitor_identifications') }}

),

visitor_consents as (

    select * from {{ ref('int_visitor_consents') }}

),

-- Who never says who they are has visits, and no page that counts for anybody.
identified_visitors as (

    select distinct anonymous_id

    from identifications

),

views_of_identified as (

    select
        page_views.page_view_id,
        page_views.anonymous_id,
        page_views.path,
        page_views.consent_state,
        page_views.occurred_at

    from page_views

    inner join identified_visitors
        on page_views.anonymous_id = identified_visitors.anonymous_id

),

spans_of_identified as (

    select
        session_spans.session_id,
        session_spans.anonymous_id,
        session_spans.first_page_view_id,
        session_spans.started_at

    from session_spans

    inner join identified_visitors
        on session_spans.anonymous_id = identified_visitors.anonymous_id

),

paths as (

    select distinct path

    from views_of_identified

    where path is not null

),

path_matches as (

    select
        paths.path,
        page_groups.page_group,
        row_number() over (
            partition by paths.path
            order by page_groups.priority nulls last, page_groups.page_group
        ) as match_number

    from paths

    inner join page_groups
        on lower(paths.path) like lower(trim(page_groups.path_pattern))

),

-- Of two identifications in one second the greater receipt counts.
identifications_in_order as (

    select
        anonymous_id,
        person_id,
        occurred_at,
        row_number() over (
            partition by anonymous_id, occurred_at
            order by receipt_id desc nulls last, person_id asc
        ) as receipt_number

    from identifications

),

with_previous_person as (

    select
        anonymous_id,
        person_id,
        occurred_at,
        lag(person_id) over (
            partition by anonymous_id
            order by occurred_at nulls last
        ) as previous_person_id

    from identifications_in_order

    where receipt_number = 1

),

-- Before anybody said who they are, the visitor was the one who says so first.
identified_periods as (

    select
        anonymous_id,
        person_id,
        case
            when previous_person_id is null
                then {{ start_of_time() }}
            else occurred_at
        end as valid_from,
        lead(occurred_at) over (
            partition by anonymous_id
            order by occurred_at nulls last
        ) as valid_to

    from with_previous_person

    where person_id is distinct from previous_person_id

),

-- What the ledger of consents says goes before what the page view says of itself.
with_consent as (

    select
        views_of_identified.page_view_id,
        views_of_identified.anonymous_id,
        views_of_identified.path,
        views_of_identified.occurred_at,
        coalesce(
            visitor_consents.consent_state, views_of_identified.consent_state, ''
        ) = 'granted' as is_consented

    from views_of_identified

    left join visitor_consents
        on views_of_identified.anonymous_id = visitor_consents.anonymous_id
        and {{ is_in_period('views_of_identified.occurred_at', 'visitor_consents') }}

),

-- Sessions of a visitor never touch, so a view is in the one that began last. Who may
-- not be followed is nobody's visitor.
with_session_start as (

    select
        with_consent.page_view_id,
        with_consent.anonymous_id,
        with_consent.path,
        with_consent.is_consented,
        case when with_consent.is_consented then with_consent.anonymous_id end
            as followed_id,
        with_consent.occurred_at,
        max(spans_of_identified.started_at) over (
            partition by with_consent.anonymous_id
            order by with_consent.occurred_at nulls last, with_consent.page_view_id
            rows between unbounded preceding and current row
        ) as started_at

    from with_consent

    left join spans_of_identified
        on with_consent.page_view_id = spans_of_identified.first_page_view_id

),

final as (

    select
        -- ids
        with_session_start.page_view_id,
        with_session_start.anonymous_id,
        identified_periods.person_id,
        spans_of_identified.session_id,

        -- attributes
        coalesce(path_matches.page_group, 'other') as page_group,

        -- flags
        with_session_start.is_consented,

        -- timestamps
        with_session_start.occurred_at

    from with_session_start

    inner join spans_of_identified
        on with_session_start.anonymous_id = spans_of_identified.anonymous_id
        and with_session_start.started_at = spans_of_identified.started_at

    left join path_matches
        on with_session_start.path = path_matches.path
        and path_matches.match_number = 1

    left join identified_periods
        on with_session_start.followed_id = identified_periods.anonymous_id
        and {{ is_in_period('with_session_start.occurred_at', 'identified_periods') }}

)

select * from final
