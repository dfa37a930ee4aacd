with

crm_accounts as (

    select * from {{ ref('stg_salesforce__accounts') }}

),

account_masters as (

    select * from {{ ref('int_account_masters') }}

),

email_domains as (

    select * from {{ ref('int_email_domains') }}

),

accounts_of_crm as (

    select
        crm_accounts.account_id,
        account_masters.master_account_id,
        crm_accounts.account_name,
        {{ domain_of_website('crm_accounts.website') }} as domain,
        crm_accounts.industry,
        crm_accounts.employees,
        crm_accounts.country,
        crm_accounts._is_deleted or crm_accounts.is_deleted_in_crm as is_deleted,
        crm_accounts.created_at

    from crm_accounts

    inner join account_masters on crm_accounts.account_id = account_masters.account_id

),

-- A business domain that no account of the CRM has is an organisation all the same.
domains_without_account as (

    select distinct email_domains.domain

    from email_domains

    left join accounts_of_crm
        on email_domains.domain = accounts_of_crm.domain
        and not accounts_of_crm.is_deleted

    where email_domains.is_business and accounts_of_crm.account_id is null

),

final as (

    select
        -- ids
        account_id,
        master_account_id,

        -- attributes
        account_name,
        domain,
        industry,
        country,
        'salesforce' as account_source,

        -- amounts
        employees,

        -- flags
        is_deleted,

        -- timestamps
        created_at

    from accounts_of_crm

    union all

    select
        {{ hash_key(["'domain:' || domain"]) }} as account_id,
        {{ hash_key(["'domain:' || domain"]) }} as master_account_id,
        domain as account_name,
        domain,
        null as industry,
        null as country,
        'email_domain' as account_source,
        null as employees,
        false as is_deleted,
        null as created_at

    from domains_without_account

)

select * from final
