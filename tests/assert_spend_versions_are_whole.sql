-- The newest statements of each day are the spend, and the first with all changes adds
-- up to it. A row is a day of a campaign with another amount, or one that either side
-- does not have.
with

spend_versions as (

    select * from {{ ref('fct_spend_versions') }}

),

spend_daily as (

    select * from {{ ref('fct_spend_daily') }}

),

stated as (

    select
        spend_id,
        sum(case when is_current then cost else 0 end) as current_cost,
        sum(case when is_current then cost_eur else 0 end) as current_eur,
        sum(coalesce(change_eur, cost_eur)) as first_and_changes_eur

    from spend_versions

    group by spend_id

),

compared as (

    select
        coalesce(stated.spend_id, spend_daily.spend_id) as spend_id,
        spend_daily.cost,
        stated.current_cost,
        spend_daily.cost_eur,
        stated.current_eur,
        stated.first_and_changes_eur

    from spend_daily

    full outer join stated on spend_daily.spend_id = stated.spend_id

)

select * from compared

where
    cost is distinct from current_cost
    or cost_eur is distinct from current_eur
    or cost_eur is distinct from first_and_changes_eur
