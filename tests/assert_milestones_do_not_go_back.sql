-- The milestones of a pass come in the order of the funnel. A row is a milestone
-- that lies before an earlier one of its pass.
with

funnel as (

    select * from {{ ref('fct_funnel') }}

),

-- The handover runs beside the stages: after the MQL, and its decision after it.
milestones as (

    select
        pass_id,
        'stages' as line,
        1 as milestone_order,
        'opened_at' as milestone,
        opened_at as reached_at

    from funnel

    union all

    select
        pass_id,
        'stages' as line,
        2 as milestone_order,
        'inquiry_at' as milestone,
        inquiry_at as reached_at

    from funnel

    union all

    select
        pass_id,
        'stages' as line,
        3 as milestone_order,
        'mql_at' as milestone,
        mql_at as reached_at

    from funnel

    union all

    select
        pass_id,
        'stages' as line,
        4 as milestone_order,
        'sal_at' as milestone,
        sal_at as reached_at

    from funnel

    union all

    select
        pass_id,
        'stages' as line,
        5 as milestone_order,
        'sql_at' as milestone,
        sql_at as reached_at

    from funnel

    union all

    select
        pass_id,
        'stages' as line,
        6 as milestone_order,
        'opportunity_at' as milestone,
        opportunity_at as reached_at

    from funnel

    union all

    select
        pass_id,
        'stages' as line,
        7 as milestone_order,
        'customer_at' as milestone,
        customer_at as reached_at

    from funnel

    union all

    select
        pass_id,
        'stages' as line,
        8 as milestone_order,
        'closed_at' as milestone,
        closed_at as reached_at

    from funnel

    union all

    select
        pass_id,
        'handover' as line,
        1 as milestone_order,
        'opened_at' as milestone,
        opened_at as reached_at

    from funnel

    union all

    select
        pass_id,
        'handover' as line,
        2 as milestone_order,
        'mql_at' as milestone,
        mql_at as reached_at

    from funnel

    union all

    select
        pass_id,
        'handover' as line,
        3 as milestone_order,
        'assigned_at' as milestone,
        assigned_at as reached_at

    from funnel

    union all

    select
        pass_id,
        'handover' as line,
        4 as milestone_order,
        'decided_at' as milestone,
        decided_at as reached_at

    from funnel

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
