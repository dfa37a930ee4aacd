-- A table and no view: every base model reads it. It holds no key that anyone can read.
{{ config(materialized='table') }}

with recursive

exported_requests as (

    select * from {{ raw_export('privacy', 'erasure_requests') }}

),

role_mailboxes as (

    select * from {{ ref('role_mailboxes') }}

),

free_mail_domains as (

    select * from {{ ref('free_mail_domains') }}

),

disposable_domains as (

    select * from {{ ref('disposable_domains') }}

),

competitor_domains as (

    select * from {{ ref('competitor_domains') }}

),

own_domains as (

    select * from {{ ref('own_domains') }}

),

-- A request can name the address, or, when the address is to be kept nowhere, its hash.
requests_with_hash as (

    select
        coalesce(
            keyed_hash('email:' || {{ normalise_email('subject_email') }}),
            case
                when {{ matches('trim(subject_email)', '^[0-9a-f]{32}$') }}
                    then trim(subject_email)
            end
        ) as key_hash,
        {{ parse_instant('requested_at') }} as requested_at,
        {{ parse_instant('_exported_at') }} as exported_at

    from exported_requests

),

requests as (

    select
        key_hash,
        requested_at,
        min(exported_at) as exported_at

    from requests_with_hash

    where key_hash is not null and requested_at is not null and exported_at is not null

    group by key_hash, requested_at

),

request_spans as (

    select
        key_hash,
        requested_at,
        exported_at,
        lag(requested_at) over (
            partition by key_hash
            order by requested_at nulls last
        ) as previous_requested_at

    from requests

),

-- One row or none. Where nobody asked, no export has to be read for it.
whether_asked as (

    select distinct true as is_asked

    from requests

),

exported_contacts as (

    select exported_rows.*

    from {{ raw_export('hubspot', 'contacts') }} as exported_rows

    inner join whether_asked on true

),

exported_merges as (

    select exported_rows.*

    from {{ raw_export('hubspot', 'contact_merge_audit') }} as exported_rows

    inner join whether_asked on true

),

exported_submissions as (

    select exported_rows.*

    from {{ raw_export('hubspot', 'form_submissions') }} as exported_rows

    inner join whether_asked on true

),

exported_leads as (

    select exported_rows.*

    from {{ raw_export('salesforce', 'lead') }} as exported_rows

    inner join whether_asked on true

),

exported_crm_contacts as (

    select exported_rows.*

    from {{ raw_export('salesforce', 'contact') }} as exported_rows

    inner join whether_asked on true

),

exported_accounts as (

    select exported_rows.*

    from {{ raw_export('salesforce', 'account') }} as exported_rows

    inner join whether_asked on true

),

exported_identifications as (

    select exported_rows.*

    from {{ raw_export('web', 'identifies') }} as exported_rows

    inner join whether_asked on true

),

exported_interactions as (

    select exported_rows.*

    from {{ raw_export('social', 'interactions') }} as exported_rows

    inner join whether_asked on true

),

-- Who somebody is has to be known before anything of them is hidden, so this is read
-- from the exports themselves.
contact_versions as (

    select
        {{ text('hs_object_id') }} as contact_id,
        {{ salesforce_id('salesforceleadid') }} as salesforce_lead_id,
        {{ salesforce_id('salesforcecontactid') }} as salesforce_contact_id,
        {{ normalise_email('email') }} as email,
        {{ parse_email_list('hs_additional_emails') }} as additional_emails,
        {{ parse_instant('createdate') }} as created_at

    from exported_contacts

),

contact_emails as (

    select
        contact_id,
        {{ explode('additional_emails') }} as email,
        created_at

    from contact_versions

),

contact_merges as (

    select
        {{ text('canonical_vid') }} as canonical_contact_id,
        {{ text('vid_to_merge') }} as merged_contact_id,
        {{ parse_instant('timestamp') }} as occurred_at

    from exported_merges

),

lead_versions as (

    select
        {{ salesforce_id('Id') }} as lead_id,
        {{ salesforce_id('MasterRecordId') }} as master_lead_id,
        {{ salesforce_id('ConvertedContactId') }} as converted_contact_id,
        {{ normalise_email('Email') }} as email,
        {{ parse_instant('CreatedDate') }} as created_at

    from exported_leads

),

crm_contact_versions as (

    select
        {{ salesforce_id('Id') }} as contact_id,
        {{ salesforce_id('MasterRecordId') }} as master_contact_id,
        {{ normalise_email('Email') }} as email,
        {{ parse_instant('CreatedDate') }} as created_at

    from exported_crm_contacts

),

form_submissions as (

    select
        {{ text('contact_id') }} as contact_id,
        {{ text('anonymous_id') }} as anonymous_id,
        {{ normalise_email('email') }} as email,
        {{ parse_instant('submitted_at') }} as occurred_at

    from exported_submissions

),

identifications as (

    select
        {{ text('anonymous_id') }} as anonymous_id,
        {{ text('user_id') }} as user_id,
        {{ normalise_email('email') }} as email,
        {{ parse_instant('timestamp') }} as occurred_at

    from exported_identifications

),

social_interactions as (

    select
        {{ normalise_email('email') }} as email,
        {{ parse_instant('occurred_at') }} as occurred_at

    from exported_interactions

),

pairs as (

    {{ identity_pairs() }}

),

steps as (

    select
        keyed_hash(key_a) as from_hash,
        key_b as to_key,
        keyed_hash(key_b) as to_hash,
        seen_at

    from pairs

    union

    select
        keyed_hash(key_b) as from_hash,
        key_a as to_key,
        keyed_hash(key_a) as to_hash,
        seen_at

    from pairs

),

-- From the address along what stood together before the request, and after the one
-- before it.
reached (key_hash, requested_at, exported_at, previous_requested_at) as (

    select
        key_hash,
        requested_at,
        exported_at,
        previous_requested_at

    from request_spans

    union

    select
        steps.to_hash as key_hash,
        reached.requested_at,
        reached.exported_at,
        reached.previous_requested_at

    from reached

    inner join steps
        on reached.key_hash = steps.from_hash
        and reached.requested_at >= steps.seen_at
        and (
            reached.previous_requested_at is null
            or reached.previous_requested_at < steps.seen_at
        )

),

named_keys as (

    select distinct
        to_hash as key_hash,
        to_key as identity_key

    from steps

),

-- A device is of whoever said so on it, and leads no further.
visits as (

    select
        'visitor:' || anonymous_id as visitor_key,
        coalesce('web_user:' || user_id, 'email:' || email) as identity_key,
        occurred_at

    from identifications

    where anonymous_id is not null

    union all

    select
        'visitor:' || anonymous_id as visitor_key,
        coalesce('hubspot:' || contact_id, 'email:' || email) as identity_key,
        occurred_at

    from form_submissions

    where anonymous_id is not null

),

erased as (

    select
        reached.key_hash,
        named_keys.identity_key,
        reached.requested_at,
        reached.exported_at

    from reached

    left join named_keys on reached.key_hash = named_keys.key_hash

    union all

    select
        keyed_hash(visits.visitor_key) as key_hash,
        visits.visitor_key as identity_key,
        reached.requested_at,
        reached.exported_at

    from reached

    inner join visits
        on reached.key_hash = keyed_hash(visits.identity_key)
        and reached.requested_at >= visits.occurred_at
        and (
            reached.previous_requested_at is null
            or reached.previous_requested_at < visits.occurred_at
        )

),

erased_once as (

    select
        key_hash,
        coalesce(identity_key, 'email:') as identity_key,
        requested_at,
        min(exported_at) as exported_at

    from erased

    group by key_hash, coalesce(identity_key, 'email:'), requested_at

),

erased_spans as (

    select
        key_hash,
        identity_key,
        requested_at,
        exported_at,
        lag(requested_at) over (
            partition by key_hash
            order by requested_at nulls last
        ) as previous_requested_at,
        row_number() over (
            partition by key_hash
            order by requested_at nulls last
        ) as request_number

    from erased_once

),

-- The domain of an address stays where it tells the organisation and not the person:
-- of a provider, of a list, of an account, or of a colleague.
addresses as (

    select distinct
        split_part(identity_key, '@', 2) as domain,
        key_hash

    from named_keys

    where identity_key like 'email:%'

),

domains_of_others as (

    select addresses.domain

    from addresses

    left join erased_once on addresses.key_hash = erased_once.key_hash

    where erased_once.key_hash is null

    union

    select {{ domain_of_website('"Website"') }} as domain

    from exported_accounts

    union

    select lower(trim(domain)) as domain from free_mail_domains

    union

    select lower(trim(domain)) as domain from disposable_domains

    union

    select lower(trim(domain)) as domain from competitor_domains

    union

    select lower(trim(domain)) as domain from own_domains

),

-- The name of what came before the request, one for each request.
names_before as (

    select
        key_hash,
        identity_key,
        previous_requested_at as valid_from,
        requested_at as valid_to,
        exported_at,
        'erased-' || keyed_hash(key_hash || '|' || cast(request_number as varchar))
            as name

    from erased_spans

),

-- An address that somebody gives again after the request is somebody new. The ids that
-- the systems still use for them lead to nobody.
names_after as (

    select
        key_hash,
        min(identity_key) as identity_key,
        max(requested_at) as valid_from,
        cast(null as timestamp with time zone) as valid_to,
        cast(null as timestamp with time zone) as exported_at,
        'erased-' || keyed_hash(key_hash || '|after') as name

    from erased_spans

    where identity_key not like 'email:%'

    group by key_hash

),

names as (

    select * from names_before

    union all

    select * from names_after

),

final as (

    select
        names.key_hash,
        case
            when names.identity_key like 'sf_%'
                then substr(split_part(names.identity_key, ':', 2), 1, 3) || names.name
            when names.identity_key like 'email:%'
                then
                    coalesce(lower(trim(role_mailboxes.local_part)), names.name)
                    || '@'
                    || coalesce(
                        domains_of_others.domain,
                        keyed_hash(
                            'domain:' || split_part(names.identity_key, '@', 2)
                        ) || '.erased'
                    )
            else names.name
        end as replacement,
        names.valid_from,
        names.valid_to,
        names.exported_at

    from names

    left join role_mailboxes
        on split_part(names.identity_key, '@', 1)
        = 'email:' || lower(trim(role_mailboxes.local_part))

    left join domains_of_others
        on case
            when names.identity_key like 'email:%'
                then split_part(names.identity_key, '@', 2)
        end = domains_of_others.domain

)

select * from final
