with

identity_keys as (

    select * from {{ ref('int_identity_keys') }}

),

contacts as (

    select * from {{ ref('stg_hubspot__contacts') }}

),

crm_contacts as (

    select * from {{ ref('stg_salesforce__contacts') }}

),

leads as (

    select * from {{ ref('stg_salesforce__leads') }}

),

people as (

    select
        person_id,
        first_key,
        count(case when key_kind in ('hubspot', 'sf_lead', 'sf_contact') then 1 end)
            as record_count,
        min(first_seen_at) as known_at

    from identity_keys

    group by person_id, first_key

),

-- The system that marketing writes from is believed first, a form last.
emails as (

    select
        'hubspot:' || contact_id as identity_key,
        email,
        1 as source_order,
        _is_deleted as is_outdated,
        modified_at as observed_at

    from contacts

    union all

    select
        'sf_contact:' || contact_id as identity_key,
        email,
        2 as source_order,
        _is_deleted or is_deleted_in_crm as is_outdated,
        modified_at as observed_at

    from crm_contacts

    union all

    select
        'sf_lead:' || lead_id as identity_key,
        email,
        3 as source_order,
        _is_deleted or is_deleted_in_crm as is_outdated,
        modified_at as observed_at

    from leads

    union all

    select
        identity_key,
        key_value as email,
        4 as source_order,
        false as is_outdated,
        first_seen_at as observed_at

    from identity_keys

    where key_kind = 'email'

),

emails_in_order as (

    select
        identity_keys.person_id,
        emails.email,
        row_number() over (
            partition by identity_keys.person_id
            order by
                emails.source_order asc,
                emails.is_outdated asc,
                emails.observed_at desc nulls last,
                emails.email asc nulls last
        ) as email_number

    from emails

    inner join identity_keys on emails.identity_key = identity_keys.identity_key

    where emails.email is not null

),

final as (

    select
        -- ids
        people.person_id,
        people.first_key,

        -- attributes
        emails_in_order.email,

        -- amounts
        people.record_count,

        -- timestamps
        people.known_at

    from people

    left join emails_in_order
        on people.person_id = emails_in_order.person_id
        and emails_in_order.email_number = 1

)

select * from final
