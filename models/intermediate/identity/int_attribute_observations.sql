{%- set records = [
    {
        'versions': 'contact_versions',
        'key': "'hubspot:' || contact_id",
        'fields': {
            'employees': 'cast(employees as varchar)',
            'industry': 'industry',
            'title': 'job_title',
            'country': 'country',
            'email': 'email',
        },
    },
    {
        'versions': 'lead_versions',
        'key': "'sf_lead:' || lead_id",
        'fields': {
            'employees': 'cast(employees as varchar)',
            'industry': 'industry',
            'title': 'title',
            'country': 'country',
            'email': 'email',
        },
    },
    {
        'versions': 'crm_contact_versions',
        'key': "'sf_contact:' || contact_id",
        'fields': {'title': 'title', 'email': 'email'},
    },
    {
        'versions': 'account_versions',
        'key': "'account:' || account_id",
        'fields': {
            'employees': 'cast(employees as varchar)',
            'industry': 'industry',
            'country': 'country',
        },
    },
] -%}

with

contact_versions as (

    select * from {{ ref('base_hubspot__contacts') }}

    where _quarantine_reason is null

),

lead_versions as (

    select * from {{ ref('base_salesforce__leads') }}

    where _quarantine_reason is null

),

crm_contact_versions as (

    select * from {{ ref('base_salesforce__contacts') }}

    where _quarantine_reason is null

),

account_versions as (

    select * from {{ ref('base_salesforce__accounts') }}

    where _quarantine_reason is null

),

crm_contacts as (

    select * from {{ ref('stg_salesforce__contacts') }}

),

account_masters as (

    select * from {{ ref('int_account_masters') }}

),

form_submissions as (

    select * from {{ ref('int_form_submissions') }}

),

identity_keys as (

    select * from {{ ref('int_identity_keys') }}

),

-- Most dumps repeat what the one before them said.
{% for record in records %}
    distinct_{{ record.versions }} as (

        select
            {{ record.key }} as record_key,
            {%- for field, expression in record.fields.items() %}
                {{ expression }} as {{ field }}_text,
            {%- endfor %}
            coalesce(modified_at, created_at, _exported_at) as observed_at,
            max(_exported_at) as last_exported_at,
            max(_row_hash) as row_hash

        from {{ record.versions }}

        group by
            {{ record.key }},
            {%- for expression in record.fields.values() %}
                {{ expression }},
            {%- endfor %}
            coalesce(modified_at, created_at, _exported_at)

    ),

    {{ record.versions }}_in_order as (

        select
            *,
            count(*) over (partition by record_key) as version_count,
            row_number() over (
                partition by record_key
                order by last_exported_at nulls last, observed_at nulls last, row_hash
            ) as record_version

        from distinct_{{ record.versions }}

    ),
{% endfor %}

record_values as (

    {% for record in records %}
        {% set is_last_record = loop.last %}
        {% for field in record.fields %}
            select
                record_key,
                '{{ field }}' as field,
                trim({{ field }}_text) as field_value,
                observed_at,
                version_count,
                record_version

            from {{ record.versions }}_in_order

            where trim({{ field }}_text) <> ''

            {% if not (is_last_record and loop.last) %}
                union all
            {% endif %}
        {% endfor %}
    {% endfor %}

),

-- Most records never change, and there is nothing to compare what they say with.
values_in_order as (

    select
        record_key,
        field,
        field_value,
        observed_at,
        row_number() over versions_of_field as version_number,
        lag(field_value) over versions_of_field as previous_value

    from record_values

    where version_count > 1

    window versions_of_field as (
        partition by record_key, field
        order by record_version nulls last
    )

),

-- A record says something new only when its value changes.
record_changes as (

    select
        record_key,
        field,
        field_value,
        previous_value,
        version_number,
        observed_at

    from values_in_order

    where field_value is distinct from previous_value

    union all

    select
        record_key,
        field,
        field_value,
        cast(null as varchar) as previous_value,
        1 as version_number,
        observed_at

    from record_values

    where version_count = 1

),

-- What an account says, it says of everybody who is a contact of it.
record_people as (

    select
        identity_key as record_key,
        person_id,
        case key_kind when 'hubspot' then 3 when 'sf_contact' then 2 else 1 end
            as source_rank

    from identity_keys

    where key_kind in ('hubspot', 'sf_contact', 'sf_lead')

    union all

    select distinct
        'account:' || account_masters.master_account_id as record_key,
        identity_keys.person_id,
        2 as source_rank

    from crm_contacts

    inner join identity_keys
        on 'sf_contact:' || crm_contacts.contact_id = identity_keys.identity_key

    inner join account_masters on crm_contacts.account_id = account_masters.account_id

),

record_observations as (

    select
        record_people.person_id,
        record_changes.record_key,
        record_changes.field,
        record_changes.field_value,
        record_changes.previous_value,
        record_people.source_rank,
        record_changes.version_number,
        record_changes.observed_at

    from record_changes

    inner join record_people on record_changes.record_key = record_people.record_key

),

form_observations as (

    select
        person_id,
        'form:' || submission_id as record_key,
        'email' as field,
        email as field_value,
        cast(null as varchar) as previous_value,
        0 as source_rank,
        1 as version_number,
        occurred_at as observed_at

    from form_submissions

    where person_id is not null and email is not null

),

final as (

    select
        person_id,
        record_key,
        field,
        field_value,
        previous_value,
        source_rank,
        version_number,
        observed_at

    from record_observations

    union all

    select
        person_id,
        record_key,
        field,
        field_value,
        previous_value,
        source_rank,
        version_number,
        observed_at

    from form_observations

)

select * from final
