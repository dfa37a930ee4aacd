{% macro agreement_tables() -%}
    {{ return([
        'age_buckets',
        'attribution_models',
        'behaviour_extra_caps',
        'behaviour_groups',
        'behaviour_rules',
        'conversion_steps',
        'definition_settings',
        'definition_versions',
        'disqualifiers',
        'fit_rules',
        'funnel_stages',
        'hand_raises',
        'lifecycle_events',
        'nurture_programmes',
        'rejection_reasons',
        'response_events',
        'score_grades',
        'service_levels',
        'social_touch_rules',
        'stage_transitions',
    ]) }}
{%- endmacro %}


{#- A version is retired, and signed, after its content was settled. -#}
{% macro signed_columns(table) -%}
    {%- set unsigned = [
        'status',
        'signed_by_marketing',
        'signed_by_marketing_at',
        'signed_by_sales',
        'signed_by_sales_at',
        'content_hash',
    ] if table == 'definition_versions' else [] -%}
    {#- The graph is known only when dbt runs, not while it parses. -#}
    {%- set seed = graph.nodes['seed.' ~ project_name ~ '.' ~ table]
        if execute else {'config': {'column_types': {}}} -%}
    {{ return(seed.config.column_types | reject('in', unsigned) | list) }}
{%- endmacro %}


{#- Rows alone would let dbt say no more than how many there are. -#}
{% macro fail_with_findings() -%}
    {%- set finding = (
        "definition_version || ' ' || table_name || ' ' || rule || ': '"
        ~ " || what_is_wrong"
    ) -%}
    {%- set findings = string_agg(finding, "\n", finding) -%}
    {{ return(
        "case when count(*) = 0 then 0 else "
        ~ raise_error("'The agreement does not hold:\n' || " ~ findings)
        ~ " end"
    ) }}
{%- endmacro %}
