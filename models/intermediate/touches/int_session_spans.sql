with

page_views as (

    select * from {{ ref('int_human_page_views') }}

),

session_gap as (

    select * from {{ ref('int_session_gap') }}

),

-- Only the columns that the order needs go through the windows over all page views.
views_in_order as (

    select
        page_view_id,
        anonymous_id,
        occurred_at,
        lag(occurred_at) over views_of_visitor as previous_at,
        lead(occurred_at) over views_of_visitor as next_at,
        row_number() over views_of_visitor as view_number

    from page_views

    window views_of_visitor as (
        partition by anonymous_id
        order by occurred_at nulls last, page_view_id
    )

),

with_boundaries as (

    select
        views_in_order.page_view_id,
        views_in_order.anonymous_id,
        views_in_order.occurred_at,
        views_in_order.view_number,
        views_in_order.previous_at is null
        or {{ seconds_between(
            'views_in_order.previous_at', 'views_in_order.occurred_at'
        ) }} > session_gap.gap_minutes * 60 as is_first,
        views_in_order.next_at is null
        or {{ seconds_between(
            'views_in_order.occurred_at', 'views_in_order.next_at'
        ) }} > session_gap.gap_minutes * 60 as is_last

    from views_in_order

    inner join session_gap on true

),

-- Of each session the first and the last view are enough.
boundaries as (

    select
        page_view_id,
        anonymous_id,
        occurred_at,
        view_number,
        is_first,
        is_last,
        lead(occurred_at) over boundaries_of_visitor as next_boundary_at,
        lead(view_number) over boundaries_of_visitor as next_boundary_number

    from with_boundaries

    where is_first or is_last

    window boundaries_of_visitor as (
        partition by anonymous_id
        order by view_number nulls last
    )

),

final as (

    select
        -- ids
        {{ hash_key(['anonymous_id', 'page_view_id']) }} as session_id,
        anonymous_id,
        page_view_id as first_page_view_id,

        -- amounts
        case when is_last then 1 else next_boundary_number - view_number + 1 end
            as page_view_count,

        -- timestamps
        occurred_at as started_at,
        case when is_last then occurred_at else next_boundary_at end as ended_at

    from boundaries

    where is_first

)

select * from final
