with

people as (

    select * from {{ ref('int_people') }}

),

identity_keys as (

    select * from {{ ref('int_identity_keys') }}

),

crm_contacts as (

    select * from {{ ref('stg_salesforce__contacts') }}

),

leads as (

    select * from {{ ref('stg_salesforce__leads') }}

),

accounts as (

    select * from {{ ref('int_accounts') }}

),

email_domains as (

    select * from {{ ref('int_email_domains') }}

),

-- Evidence in the order in which it is believed: being a contact of an account, having
-- been converted into one, and an address at its domain.
evidence as (

    select
        'sf_contact:' || contact_id as identity_key,
        account_id,
        'sf_contact' as account_source,
        1 as source_order,
        _is_deleted or is_deleted_in_crm as is_outdated

    from crm_contacts

    union all

    select
        'sf_lead:' || lead_id as identity_key,
        converted_account_id as account_id,
        'converted_lead' as account_source,
        2 as source_order,
        _is_deleted or is_deleted_in_crm as is_outdated

    from leads

),

candidates as (

    select
        identity_keys.person_id,
        accounts.master_account_id as account_id,
        evidence.account_source,
        evidence.source_order,
        evidence.is_outdated

    from evidence

    inner join identity_keys on evidence.identity_key = identity_keys.identity_key

    inner join accounts on evidence.account_id = accounts.account_id

    union all

    select
        email_domains.person_id,
        accounts.account_id,
        'email_domain' as account_source,
        3 as source_order,
        false as is_outdated

    from email_domains

    inner join accounts on email_domains.domain = accounts.domain

    where email_domains.is_business and not accounts.is_deleted

),

-- A master of which no export has a row cannot be shown.
candidates_in_order as (

    select
        candidates.person_id,
        candidates.account_id,
        candidates.account_source,
        row_number() over (
            partition by candidates.person_id
            order by
                candidates.source_order,
                candidates.is_outdated,
                case when accounts.account_source = 'salesforce' then 0 else 1 end,
                candidates.account_id
        ) as candidate_number

    from candidates

    inner join accounts on candidates.account_id = accounts.account_id

),

final as (

    select
        people.person_id,
        candidates_in_order.account_id,
        candidates_in_order.account_source

    from people

    left join candidates_in_order
        on people.person_id = candidates_in_order.person_id
        and candidates_in_order.candidate_number = 1

)

select * from final
