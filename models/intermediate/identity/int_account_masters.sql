with

components as (

    select * from {{ ref('int_account_components') }}

),

accounts as (

    select * from {{ ref('stg_salesforce__accounts') }}

),

-- Of accounts that were merged, one has no master, unless they name each other.
accounts_in_order as (

    select
        components.root,
        components.node as account_id,
        row_number() over (
            partition by components.root
            order by
                case when accounts.master_account_id is null then 0 else 1 end,
                components.node
        ) as account_number

    from components

    left join accounts on components.node = accounts.account_id

),

masters as (

    select
        root,
        account_id as master_account_id

    from accounts_in_order

    where account_number = 1

),

final as (

    select
        components.node as account_id,
        masters.master_account_id

    from components

    inner join masters on components.root = masters.root

)

select * from final
