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

paths as (

    select distinct path

    from page_views

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

-- Before anybody said who they are, the visitor was the one who says so first.
identified_periods as (

    select
        anonymous_id,
        person_id,
        occurred_at as valid_from,
        lead(occurred_at) over identifications_of_visitor as valid_to,
        row_number() over identifications_of_visitor = 1 as is_first

    from identifications_in_order

    where receipt_number = 1

    window identifications_of_visitor as (
        partition by anonymous_id
        order by occurred_at nulls last
    )

),

-- What the ledger of consents says goes before what the page view says of itself.
with_consent as (

    select
        page_views.page_view_id,
        page_views.anonymous_id,
        page_views.path,
        page_views.occurred_at,
        coalesce(visitor_consents.consent_state, page_views.consent_state, '')
        = 'granted' as is_consented

    from page_views

    left join visitor_consents
        on page_views.anonymous_id = visitor_consents.anonymous_id
        and page_views.occurred_at >= visitor_consents.valid_from
        and (
            visitor_consents.valid_to is null
            or page_views.occurred_at < visitor_consents.valid_to
        )

),

-- Sessions of a visitor never touch, so a view is in one of them by its instant alone.
final as (

    select
        -- ids
        with_consent.page_view_id,
        with_consent.anonymous_id,
        identified_periods.person_id,
        session_spans.session_id,

        -- attributes
        coalesce(path_matches.page_group, 'other') as page_group,

        -- flags
        with_consent.is_consented,

        -- timestamps
        with_consent.occurred_at

    from with_consent

    inner join session_spans
        on with_consent.anonymous_id = session_spans.anonymous_id
        and with_consent.occurred_at >= session_spans.started_at
        and with_consent.occurred_at <= session_spans.ended_at

    left join path_matches
        on with_consent.path = path_matches.path
        and path_matches.match_number = 1

    left join identified_periods
        on with_consent.is_consented
        and with_consent.anonymous_id = identified_periods.anonymous_id
        and (
            identified_periods.is_first
            or with_consent.occurred_at >= identified_periods.valid_from
        )
        and (
            identified_periods.valid_to is null
            or with_consent.occurred_at < identified_periods.valid_to
        )

)

select * from final
