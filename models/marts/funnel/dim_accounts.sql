with

accounts as (

    select * from {{ ref('int_accounts') }}

),

person_accounts as (

    select * from {{ ref('int_person_accounts') }}

),

people_by_account as (

    select
        account_id,
        count(*) as person_count

    from person_accounts

    group by account_id

),

final as (

    select
        -- ids
        accounts.account_id,

        -- attributes
        accounts.account_name,
        accounts.domain,
        accounts.industry,
        accounts.country,
        accounts.account_source,

        -- amounts
        cast(accounts.employees as bigint) as employees,
        cast(coalesce(people_by_account.person_count, 0) as integer) as person_count,

        -- flags
        accounts.is_deleted,

        -- timestamps
        accounts.created_at

    from accounts

    left join people_by_account
        on accounts.account_id = people_by_account.account_id

)

select * from final
