with

page_views as (

    select * from {{ ref('int_human_page_views') }}

),

session_gap as (

    select * from {{ ref('int_session_gap') }}

),

-- Only the order and the consent go through the windows over all page views.
views_in_order as (

    select
        page_view_id,
        anonymous_id,
        occurred_at,
        case when is_consented then 1 else 0 end as consented_view,
        lag(occurred_at) over views_of_visitor as previous_at,
        row_number() over views_of_visitor as view_number,
        count(*) over (partition by anonymous_id) as view_count,
        max(occurred_at) over (partition by anonymous_id) as last_at,
        sum(case when is_consented then 1 else 0 end) over (
            partition by anonymous_id
            order by occurred_at nulls last, page_view_id
            rows between unbounded preceding and current row
        ) as consented_so_far,
        sum(case when is_consented then 1 else 0 end) over (
            partition by anonymous_id
        ) as consented_count

    from page_views

    window views_of_visitor as (
        partition by anonymous_id
        order by occurred_at nulls last, page_view_id
    )

),

first_views as (

    select
        views_in_order.page_view_id,
        views_in_order.anonymous_id,
        views_in_order.occurred_at,
        views_in_order.previous_at,
        views_in_order.view_number,
        views_in_order.view_count,
        views_in_order.last_at,
        views_in_order.consented_so_far - views_in_order.consented_view
            as consented_before,
        views_in_order.consented_count

    from views_in_order

    inner join session_gap
        on views_in_order.previous_at is null
        or {{ seconds_between(
            'views_in_order.previous_at', 'views_in_order.occurred_at'
        ) }} > session_gap.gap_minutes * 60

),

-- The view before the next session is the last one of this session.
with_next_session as (

    select
        page_view_id,
        anonymous_id,
        occurred_at,
        view_number,
        view_count,
        last_at,
        consented_before,
        consented_count,
        lead(consented_before) over first_views_of_visitor as consented_before_next,
        lead(previous_at) over first_views_of_visitor as at_before_next,
        lead(view_number) over first_views_of_visitor as next_view_number

    from first_views

    window first_views_of_visitor as (
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
        coalesce(next_view_number, view_count + 1) - view_number as page_view_count,

        -- flags
        coalesce(consented_before_next, consented_count) > consented_before
            as is_consented,

        -- timestamps
        occurred_at as started_at,
        coalesce(at_before_next, last_at) as ended_at

    from with_next_session

)

select * from final
