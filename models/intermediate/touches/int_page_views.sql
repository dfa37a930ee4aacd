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

-- Who never says who they are has visits, and no page that counts for anybody.
identified_visitors as (

    select distinct anonymous_id

    from identifications

),

known_views as (

    select
        page_views.page_view_id,
        page_views.anonymous_id,
        page_views.path,
        page_views.is_consented,
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

    from known_views

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

-- Sessions of a visitor never touch, so a view is in the one that began last. Who may
-- not be followed is nobody's visitor.
with_session_start as (

    select
        known_views.page_view_id,
        known_views.anonymous_id,
        known_views.path,
        known_views.is_consented,
        case when known_views.is_consented then known_views.anonymous_id end
            as followed_id,
        known_views.occurred_at,
        max(spans_of_identified.started_at) over (
            partition by known_views.anonymous_id
            order by known_views.occurred_at nulls last, known_views.page_view_id
            rows between unbounded preceding and current row
        ) as started_at

    from known_views

    left join spans_of_identified
        on known_views.page_view_id = spans_of_identified.first_page_view_id

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
