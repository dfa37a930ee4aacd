with

disqualifiers as (

    select * from {{ ref('disqualifiers') }}

),

versions as (

    select * from {{ ref('versions_in_force') }}

),

competitor_domains as (

    select * from {{ ref('competitor_domains') }}

),

own_domains as (

    select * from {{ ref('own_domains') }}

),

disposable_domains as (

    select * from {{ ref('disposable_domains') }}

),

free_mail_domains as (

    select * from {{ ref('free_mail_domains') }}

),

people as (

    select * from {{ ref('int_people') }}

),

identity_keys as (

    select * from {{ ref('int_identity_keys') }}

),

form_submissions as (

    select * from {{ ref('int_form_submissions') }}

),

attributes as (

    select * from {{ ref('int_person_attributes') }}

),

consent_periods as (

    select * from {{ ref('int_consent_periods') }}

),

-- When each rule held: versions in a row that have it keep it in force.

rules_of_versions as (

    select
        disqualifiers.rule_id,
        disqualifiers.signal,
        disqualifiers.value,
        disqualifiers.is_hard,
        disqualifiers.moves_stage,
        disqualifiers.reason_code,
        versions.valid_from,
        versions.valid_to,
        lag(versions.valid_to) over (
            partition by disqualifiers.rule_id
            order by versions.valid_from nulls last
        ) as previous_valid_to

    from disqualifiers

    inner join versions
        on disqualifiers.definition_version = versions.definition_version

),

rules_in_spells as (

    select
        rule_id,
        signal,
        value,
        is_hard,
        moves_stage,
        reason_code,
        valid_from,
        valid_to,
        sum(case when previous_valid_to = valid_from then 0 else 1 end) over (
            partition by rule_id
            order by valid_from nulls last
            rows between unbounded preceding and current row
        ) as spell_number

    from rules_of_versions

),

spells as (

    select
        rule_id,
        spell_number,
        min(valid_from) as valid_from,
        case when not bool_or(valid_to is null) then max(valid_to) end as valid_to

    from rules_in_spells

    group by rule_id, spell_number

),

-- The words of the version with which a spell begins hold for all of it.
rules as (

    select
        rules_in_spells.rule_id,
        rules_in_spells.signal,
        lower(trim(rules_in_spells.value)) as value,
        rules_in_spells.is_hard,
        rules_in_spells.moves_stage,
        rules_in_spells.reason_code,
        spells.valid_from,
        spells.valid_to

    from spells

    inner join rules_in_spells
        on spells.rule_id = rules_in_spells.rule_id
        and spells.spell_number = rules_in_spells.spell_number
        and spells.valid_from = rules_in_spells.valid_from

),

-- When each signal was on.

listed_domains as (

    select
        'competitor_domains' as list_name,
        lower(trim(domain)) as domain

    from competitor_domains

    union all

    select
        'own_domains' as list_name,
        lower(trim(domain)) as domain

    from own_domains

    union all

    select
        'disposable_domains' as list_name,
        lower(trim(domain)) as domain

    from disposable_domains

    union all

    select
        'free_mail_domains' as list_name,
        lower(trim(domain)) as domain

    from free_mail_domains

),

domain_signals as (

    select
        identity_keys.person_id,
        'email_domain' as signal,
        listed_domains.list_name as value,
        'identity_key' as receipt_type,
        identity_keys.identity_key as receipt_id,
        identity_keys.first_seen_at as valid_from,
        cast(null as timestamp with time zone) as valid_to

    from identity_keys

    inner join listed_domains
        on split_part(identity_keys.key_value, '@', 2) = listed_domains.domain

    where identity_keys.key_kind = 'email'

),

forms_in_order as (

    select
        person_id,
        form_kind,
        submission_id,
        occurred_at,
        row_number() over (
            partition by person_id, form_kind
            order by occurred_at nulls last, submission_id
        ) as submission_number

    from form_submissions

    where person_id is not null and form_kind is not null

),

form_signals as (

    select
        person_id,
        'form_kind' as signal,
        form_kind as value,
        'form_submission' as receipt_type,
        submission_id as receipt_id,
        occurred_at as valid_from,
        cast(null as timestamp with time zone) as valid_to

    from forms_in_order

    where submission_number = 1

),

attribute_signals as (

    select
        person_id,
        signal,
        value,
        'person_attribute' as receipt_type,
        signal || ':' || value as receipt_id,
        valid_from,
        valid_to

    from attributes

),

-- Neither mail nor phone is allowed: nobody may approach the person.
closed_ways as (

    select
        consent_id,
        person_id,
        purpose,
        valid_from,
        coalesce(
            valid_to, {{ end_of_time() }}
        ) as valid_to

    from consent_periods

    where
        purpose in ('email_marketing', 'phone_marketing')
        and consent_state in ('refused', 'withdrawn', 'objected')

),

closed_both_ways as (

    select
        mail.person_id,
        case
            when mail.valid_from > phone.valid_from then mail.consent_id
            when mail.valid_from < phone.valid_from then phone.consent_id
            else least(mail.consent_id, phone.consent_id)
        end as consent_id,
        greatest(mail.valid_from, phone.valid_from) as valid_from,
        least(mail.valid_to, phone.valid_to) as valid_to

    from closed_ways as mail

    inner join closed_ways as phone on mail.person_id = phone.person_id

    where
        mail.purpose = 'email_marketing'
        and phone.purpose = 'phone_marketing'
        and greatest(mail.valid_from, phone.valid_from)
        < least(mail.valid_to, phone.valid_to)

),

closings_in_order as (

    select
        person_id,
        consent_id,
        valid_from,
        valid_to,
        lag(valid_to) over (
            partition by person_id
            order by valid_from nulls last
        ) as previous_valid_to

    from closed_both_ways

),

closings_in_spells as (

    select
        person_id,
        consent_id,
        valid_from,
        valid_to,
        sum(case when previous_valid_to = valid_from then 0 else 1 end) over (
            partition by person_id
            order by valid_from nulls last
            rows between unbounded preceding and current row
        ) as spell_number

    from closings_in_order

),

closed_spells as (

    select
        person_id,
        spell_number,
        min_by(consent_id, valid_from) as consent_id,
        min(valid_from) as valid_from,
        max(valid_to) as valid_to

    from closings_in_spells

    group by person_id, spell_number

),

basis_signals as (

    select
        person_id,
        'lawful_basis' as signal,
        'none' as value,
        'consent' as receipt_type,
        consent_id as receipt_id,
        valid_from,
        case
            when valid_to < {{ end_of_time() }}
                then valid_to
        end as valid_to

    from closed_spells

),

signals as (

    select
        person_id,
        signal,
        value,
        receipt_type,
        receipt_id,
        valid_from,
        valid_to

    from domain_signals

    union all

    select
        person_id,
        signal,
        value,
        receipt_type,
        receipt_id,
        valid_from,
        valid_to

    from form_signals

    union all

    select
        person_id,
        signal,
        value,
        receipt_type,
        receipt_id,
        valid_from,
        valid_to

    from attribute_signals

    union all

    select
        person_id,
        signal,
        value,
        receipt_type,
        receipt_id,
        valid_from,
        valid_to

    from basis_signals

),

-- Nothing holds before the person is known, nor outside the time of the rule.
matched as (

    select
        signals.person_id,
        rules.rule_id,
        signals.receipt_type,
        signals.receipt_id,
        rules.reason_code,
        rules.is_hard,
        rules.moves_stage,
        greatest(signals.valid_from, people.known_at, rules.valid_from) as valid_from,
        case
            when signals.valid_to is null then rules.valid_to
            when rules.valid_to is null then signals.valid_to
            else least(signals.valid_to, rules.valid_to)
        end as valid_to

    from signals

    inner join rules
        on signals.signal = rules.signal
        and signals.value = rules.value

    inner join people on signals.person_id = people.person_id

),

final as (

    select
        -- ids
        person_id,
        rule_id,
        receipt_type,
        receipt_id,

        -- attributes
        reason_code,

        -- flags
        is_hard,
        moves_stage,

        -- timestamps
        valid_from,
        valid_to

    from matched

    where valid_to is null or valid_from < valid_to

)

select * from final
