{{ config(fail_calc=fail_with_findings()) }}

-- People read the agreement in Dutch and in English. A row here is a stage, a rule or a
-- reason that lacks a text in one of the two.
{% set texts = [
    ('age_buckets', 'bucket', 'label'),
    ('behaviour_rules', 'rule_id', 'label'),
    ('conversion_steps', 'from_stage', 'label'),
    ('definition_settings', 'setting', 'description'),
    ('definition_versions', 'definition_version', 'change_note'),
    ('disqualifiers', 'rule_id', 'label'),
    ('fit_rules', 'band_id', 'label'),
    ('funnel_stages', 'stage', 'description'),
    ('funnel_stages', 'stage', 'label'),
    ('lifecycle_events', 'event', 'label'),
    ('rejection_reasons', 'reason_code', 'label'),
] %}
with

texts as (

    {% for table, key, text in texts -%}
        {%- set table_loop = loop -%}
        {%- for language in ['nl', 'en'] -%}
            select
                definition_version,
                '{{ table }}' as table_name,
                {{ key }} as rule,
                '{{ text }}_{{ language }}' as column_name,
                {{ text }}_{{ language }} as text

            from {{ ref(table) }}
            {%- if not (loop.last and table_loop.last) %}

                union all

            {% endif %}
        {%- endfor %}
    {%- endfor %}

),

findings as (

    select
        definition_version,
        table_name,
        rule,
        column_name || ' is empty' as what_is_wrong

    from texts

    where coalesce(trim(text), '') = ''

)

select * from findings
