with

contact_versions as (

    select * from {{ ref('base_hubspot__contacts') }}

    where _quarantine_reason is null

),

contact_emails as (

    select
        contact_id,
        {{ explode('additional_emails') }} as email,
        created_at

    from contact_versions

),

contact_merges as (

    select * from {{ ref('stg_hubspot__contact_merges') }}

),

lead_versions as (

    select * from {{ ref('base_salesforce__leads') }}

    where _quarantine_reason is null

),

crm_contact_versions as (

    select * from {{ ref('base_salesforce__contacts') }}

    where _quarantine_reason is null

),

form_submissions as (

    select * from {{ ref('stg_hubspot__form_submissions') }}

),

identifications as (

    select * from {{ ref('stg_web__identifications') }}

),

social_interactions as (

    select * from {{ ref('stg_social__interactions') }}

),

role_mailboxes as (

    select * from {{ ref('role_mailboxes') }}

),

pairs as (

    {{ identity_pairs() }}

),

final as (

    select
        key_a,
        key_b,
        min(seen_at) as first_seen_at

    from pairs

    group by key_a, key_b

)

select * from final
