with

observations as (

    select * from {{ ref('int_attribute_observations') }}

),

seniority_titles as (

    select * from {{ ref('seniority_titles') }}

),

country_names as (

    select * from {{ ref('country_names') }}

),

disposable_domains as (

    select * from {{ ref('disposable_domains') }}

),

free_mail_domains as (

    select * from {{ ref('free_mail_domains') }}

),

role_mailboxes as (

    select * from {{ ref('role_mailboxes') }}

),

-- Each value is read once, however many people have it.
values_shown as (

    select distinct
        field,
        field_value

    from observations

),

field_values as (

    select
        field,
        field_value,
        lower(field_value) as word,
        case when field = 'email' then split_part(field_value, '@', 1) end
            as local_part,
        case when field = 'email' then split_part(field_value, '@', 2) end as domain

    from values_shown

),

title_matches as (

    select
        field_values.field,
        field_values.field_value,
        seniority_titles.seniority,
        row_number() over (
            partition by field_values.field_value
            order by seniority_titles.priority nulls last, seniority_titles.seniority
        ) as match_number

    from field_values

    inner join seniority_titles
        on field_values.word like lower(trim(seniority_titles.title_pattern))

    where field_values.field = 'title'

),

country_words as (

    select
        'country' as field,
        lower(trim(country_name)) as word,
        country_code

    from country_names

),

readings as (

    select
        field_values.field,
        field_values.field_value,
        case field_values.field
            when 'title' then 'seniority'
            when 'email' then 'email_class'
            else field_values.field
        end as signal,
        case
            when field_values.field = 'title'
                then coalesce(title_matches.seniority, 'user')
            when field_values.field = 'country'
                then coalesce(
                    country_words.country_code, upper(field_values.field_value)
                )
            when field_values.field <> 'email' then field_values.word
            when disposable_domains.domain is not null then 'disposable'
            when free_mail_domains.domain is not null then 'free'
            when role_mailboxes.local_part is not null then 'role'
            else 'business'
        end as value

    from field_values

    left join title_matches
        on field_values.field = title_matches.field
        and field_values.field_value = title_matches.field_value
        and title_matches.match_number = 1

    left join country_words
        on field_values.field = country_words.field
        and field_values.word = country_words.word

    left join disposable_domains
        on field_values.domain = lower(trim(disposable_domains.domain))

    left join free_mail_domains
        on field_values.domain = lower(trim(free_mail_domains.domain))

    left join role_mailboxes
        on field_values.local_part = lower(trim(role_mailboxes.local_part))

),

-- Another title of the same rank is nothing new.
new_readings as (

    select
        observations.person_id,
        observations.record_key,
        readings.signal,
        readings.value,
        observations.source_rank,
        observations.version_number,
        observations.observed_at

    from observations

    inner join readings
        on observations.field = readings.field
        and observations.field_value = readings.field_value

    left join readings as previous_readings
        on observations.field = previous_readings.field
        and observations.previous_value = previous_readings.field_value

    where readings.value is distinct from previous_readings.value

),

values_of_signals as (

    select
        person_id,
        signal,
        min(value) as least_value,
        max(value) as greatest_value

    from new_readings

    group by person_id, signal

),

-- Most signals of a person only ever had one value, which needs no order.
changing_readings as (

    select new_readings.*

    from new_readings

    inner join values_of_signals
        on new_readings.person_id = values_of_signals.person_id
        and new_readings.signal = values_of_signals.signal

    where values_of_signals.least_value <> values_of_signals.greatest_value

),

-- At one instant the better source counts, then the greater record, then what it said
-- last.
ranked as (

    select
        person_id,
        signal,
        value,
        observed_at,
        row_number() over (
            partition by person_id, signal, observed_at
            order by
                source_rank desc nulls last,
                record_key desc nulls last,
                version_number desc nulls last
        ) as observation_number

    from changing_readings

),

believed as (

    select
        person_id,
        signal,
        value,
        observed_at,
        lag(value) over (
            partition by person_id, signal
            order by observed_at nulls last
        ) as previous_value

    from ranked

    where observation_number = 1

),

changes as (

    select
        person_id,
        signal,
        value,
        observed_at,
        previous_value is null as is_first

    from believed

    where value is distinct from previous_value

),

-- The first value that is known counts for all the time before it.
final as (

    select
        person_id,
        signal,
        value,
        case
            when is_first then {{ start_of_time() }}
            else observed_at
        end as valid_from,
        lead(observed_at) over (
            partition by person_id, signal
            order by observed_at nulls last
        ) as valid_to

    from changes

    union all

    select
        person_id,
        signal,
        least_value as value,
        {{ start_of_time() }} as valid_from,
        cast(null as timestamp with time zone) as valid_to

    from values_of_signals

    where least_value = greatest_value

)

select * from final
