-- The milestones of a pass come in the order of the funnel. A row is a milestone that lies
-- before an earlier one of its pass.
with

funnel as (

    select * from {{ ref('fct_funnel') }}

),

-- The handover runs beside the stages: after the MQL, and its decision after it.
milestones as (

    {% for milestone in [
        'opened_at',
        'inquiry_at',
        'mql_at',
        'sal_at',
        'sql_at',
        'opportunity_at',
        'customer_at',
        'closed_at',
    ] -%}
    select
        pass_id,
        'stages' as line,
        {{ loop.index }} as milestone_order,
        '{{ milestone }}' as milestone,
        {{ milestone }} as reached_at

    from funnel

    union all

    {% endfor -%}
    {% for milestone in ['opened_at', 'mql_at', 'assigned_at', 'decided_at'] -%}
    select
        pass_id,
        'handover' as line,
        {{ loop.index }} as milestone_order,
        '{{ milestone }}' as milestone,
        {{ milestone }} as reached_at

    from funnel
    {% if not loop.last %}
    union all

    {% endif -%}
    {% endfor %}
),

milestones_with_previous as (

    select
        pass_id,
        line,
        milestone,
        reached_at,
        max(reached_at) over (
            partition by pass_id, line
            order by milestone_order
            rows between unbounded preceding and 1 preceding
        ) as earlier_reached_at

    from milestones

)

select * from milestones_with_previous

where reached_at < earlier_reached_at
