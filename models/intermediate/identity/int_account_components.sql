-- An account can be merged into one that was itself merged.
{{ config(materialized='connected_components') }}

with

accounts as (

    select * from {{ ref('stg_salesforce__accounts') }}

),

final as (

    select
        account_id as node_a,
        coalesce(master_account_id, account_id) as node_b

    from accounts

)

select * from final
