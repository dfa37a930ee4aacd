with

funnel as (

    select * from {{ ref('fct_funnel') }}

),

-- Whatever any pass of a person reached, the person reached.
people as (

    select
        account_id,
        person_id,
        min(opened_month) as opened_month,
        bool_or(reached_inquiry) as reached_inquiry,
        bool_or(reached_mql) as reached_mql,
        bool_or(reached_sal) as reached_sal,
        bool_or(reached_sql) as reached_sql,
        bool_or(reached_opportunity) as reached_opportunity,
        bool_or(reached_customer) as reached_customer

    from funnel

    where account_id is not null

    group by account_id, person_id

),

accounts as (

    select
        account_id,
        min(opened_month) as cohort_month,
        bool_or(reached_inquiry) as reached_inquiry,
        bool_or(reached_mql) as reached_mql,
        bool_or(reached_sal) as reached_sal,
        bool_or(reached_sql) as reached_sql,
        bool_or(reached_opportunity) as reached_opportunity,
        bool_or(reached_customer) as reached_customer,
        count(*) as person_count,
        count_if(reached_inquiry) as inquiry_person_count,
        count_if(reached_mql) as mql_person_count,
        count_if(reached_sal) as sal_person_count,
        count_if(reached_sql) as sql_person_count,
        count_if(reached_opportunity) as opportunity_person_count,
        count_if(reached_customer) as customer_person_count

    from people

    group by account_id

),

counted as (

    select
        cohort_month,
        count(*) as account_count,
        count_if(reached_inquiry) as inquiry_account_count,
        count_if(reached_mql) as mql_account_count,
        count_if(reached_sal) as sal_account_count,
        count_if(reached_sql) as sql_account_count,
        count_if(reached_opportunity) as opportunity_account_count,
        count_if(reached_customer) as customer_account_count,
        sum(person_count) as person_count,
        sum(inquiry_person_count) as inquiry_person_count,
        sum(mql_person_count) as mql_person_count,
        sum(sal_person_count) as sal_person_count,
        sum(sql_person_count) as sql_person_count,
        sum(opportunity_person_count) as opportunity_person_count,
        sum(customer_person_count) as customer_person_count

    from accounts

    group by cohort_month

),

final as (

    select
        -- dates
        cohort_month,

        -- amounts: accounts
        cast(account_count as bigint) as account_count,
        cast(inquiry_account_count as bigint) as inquiry_account_count,
        cast(mql_account_count as bigint) as mql_account_count,
        cast(sal_account_count as bigint) as sal_account_count,
        cast(sql_account_count as bigint) as sql_account_count,
        cast(opportunity_account_count as bigint) as opportunity_account_count,
        cast(customer_account_count as bigint) as customer_account_count,

        -- amounts: accounts by accounts
        cast(
            cast(inquiry_account_count as double) / nullif(account_count, 0)
            as decimal(18, 6)
        ) as known_to_inquiry_account_rate,
        cast(
            cast(mql_account_count as double) / nullif(inquiry_account_count, 0)
            as decimal(18, 6)
        ) as inquiry_to_mql_account_rate,
        cast(
            cast(sal_account_count as double) / nullif(mql_account_count, 0)
            as decimal(18, 6)
        ) as mql_to_sal_account_rate,
        cast(
            cast(opportunity_account_count as double) / nullif(mql_account_count, 0)
            as decimal(18, 6)
        ) as mql_to_opportunity_account_rate,
        cast(
            cast(customer_account_count as double)
            / nullif(opportunity_account_count, 0)
            as decimal(18, 6)
        ) as opportunity_to_customer_account_rate,

        -- amounts: people
        cast(person_count as bigint) as person_count,
        cast(inquiry_person_count as bigint) as inquiry_person_count,
        cast(mql_person_count as bigint) as mql_person_count,
        cast(sal_person_count as bigint) as sal_person_count,
        cast(sql_person_count as bigint) as sql_person_count,
        cast(opportunity_person_count as bigint) as opportunity_person_count,
        cast(customer_person_count as bigint) as customer_person_count,

        -- amounts: people by people
        cast(
            cast(opportunity_person_count as double) / nullif(mql_person_count, 0)
            as decimal(18, 6)
        ) as mql_to_opportunity_person_rate

    from counted

)

select * from final
