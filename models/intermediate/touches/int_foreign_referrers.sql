with

human_page_views as (

    select * from {{ ref('int_human_page_views') }}

),

own_domains as (

    select * from {{ ref('own_domains') }}

),

referrers as (

    select distinct referrer

    from human_page_views

    where referrer is not null

),

referrer_hosts as (

    select
        referrer,
        {{ domain_of_website('referrer') }} as referrer_host

    from referrers

),

own_hosts as (

    select distinct referrer_hosts.referrer_host

    from referrer_hosts

    inner join own_domains
        on referrer_hosts.referrer_host = lower(trim(own_domains.domain))
        or referrer_hosts.referrer_host like '%.' || lower(trim(own_domains.domain))

),

-- Our own pages send nobody to us.
final as (

    select
        referrer_hosts.referrer,
        referrer_hosts.referrer_host

    from referrer_hosts

    left join own_hosts on referrer_hosts.referrer_host = own_hosts.referrer_host

    where own_hosts.referrer_host is null

)

select * from final
