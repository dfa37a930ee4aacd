with

opportunities as (

    select * from {{ ref('fct_opportunities') }}

),

pass_opportunities as (

    select * from {{ ref('int_pass_opportunities') }}

),

funnel as (

    select * from {{ ref('fct_funnel') }}

),

-- One person can be in a deal with two passes, and reached what either of them did.
people as (

    select
        pass_opportunities.opportunity_id,
        pass_opportunities.person_id,
        bool_or(pass_opportunities.is_primary) as is_primary,
        bool_or(funnel.reached_inquiry) as reached_inquiry,
        bool_or(funnel.reached_mql) as reached_mql,
        bool_or(funnel.reached_sal) as reached_sal,
        bool_or(funnel.reached_sql) as reached_sql,
        bool_or(funnel.reached_opportunity) as reached_opportunity,
        bool_or(funnel.reached_customer) as reached_customer

    from pass_opportunities

    inner join funnel on pass_opportunities.pass_id = funnel.pass_id

    group by pass_opportunities.opportunity_id, pass_opportunities.person_id

),

counted as (

    select
        opportunity_id,
        count(*) as person_count,
        count_if(not is_primary) as supporting_person_count,
        count_if(reached_inquiry) as inquiry_person_count,
        count_if(reached_mql) as mql_person_count,
        count_if(reached_sal) as sal_person_count,
        count_if(reached_sql) as sql_person_count,
        count_if(reached_opportunity) as opportunity_person_count,
        count_if(reached_customer) as customer_person_count

    from people

    group by opportunity_id

),

final as (

    select
        -- ids
        opportunities.opportunity_id,
        opportunities.account_id,
        opportunities.primary_person_id,
        opportunities.primary_pass_id,

        -- attributes
        opportunities.outcome,
        opportunities.sourced_by,

        -- amounts
        opportunities.booked_amount_eur,
        cast(coalesce(counted.person_count, 0) as bigint) as person_count,
        cast(coalesce(counted.supporting_person_count, 0) as bigint)
            as supporting_person_count,
        cast(coalesce(counted.inquiry_person_count, 0) as bigint)
            as inquiry_person_count,
        cast(coalesce(counted.mql_person_count, 0) as bigint) as mql_person_count,
        cast(coalesce(counted.sal_person_count, 0) as bigint) as sal_person_count,
        cast(coalesce(counted.sql_person_count, 0) as bigint) as sql_person_count,
        cast(coalesce(counted.opportunity_person_count, 0) as bigint)
            as opportunity_person_count,
        cast(coalesce(counted.customer_person_count, 0) as bigint)
            as customer_person_count,

        -- dates and timestamps
        opportunities.closed_on,
        opportunities.created_at,
        opportunities.created_month

    from opportunities

    left join counted
        on opportunities.opportunity_id = counted.opportunity_id

)

select * from final
