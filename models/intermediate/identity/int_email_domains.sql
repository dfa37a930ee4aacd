with

identity_keys as (

    select * from {{ ref('int_identity_keys') }}

),

people as (

    select * from {{ ref('int_people') }}

),

free_mail_domains as (

    select * from {{ ref('free_mail_domains') }}

),

disposable_domains as (

    select * from {{ ref('disposable_domains') }}

),

-- The mailbox of a desk is nobody's key, but it does tell the organisation.
domains as (

    select
        person_id,
        split_part(key_value, '@', 2) as domain

    from identity_keys

    where key_kind = 'email'

    union

    select
        person_id,
        split_part(email, '@', 2) as domain

    from people

    where email is not null

),

-- Everybody can have an address at such a provider, so it tells no organisation.
providers as (

    select lower(trim(domain)) as domain

    from free_mail_domains

    union

    select lower(trim(domain)) as domain

    from disposable_domains

),

final as (

    select
        domains.person_id,
        domains.domain,
        providers.domain is null as is_business

    from domains

    left join providers on domains.domain = providers.domain

)

select * from final
