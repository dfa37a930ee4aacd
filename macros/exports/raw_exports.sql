{#- Every table that comes in, as system and table. Models must be known before the
    first query, so the list stands here and not only in the sources. -#}
{% macro raw_exports() -%}
    {{ return([
        ('web', 'pages'),
        ('web', 'identifies'),
        ('hubspot', 'contacts'),
        ('hubspot', 'contact_merge_audit'),
        ('hubspot', 'email_events'),
        ('hubspot', 'form_submissions'),
        ('hubspot', 'forms'),
        ('google_ads', 'campaign_daily'),
        ('linkedin_ads', 'campaign_daily'),
        ('meta_ads', 'campaign_daily'),
        ('social', 'interactions'),
        ('salesforce', 'lead'),
        ('salesforce', 'lead_history'),
        ('salesforce', 'contact'),
        ('salesforce', 'account'),
        ('salesforce', 'opportunity'),
        ('salesforce', 'opportunity_history'),
        ('salesforce', 'opportunity_contact_role'),
        ('salesforce', 'task'),
        ('salesforce', 'campaign'),
        ('salesforce', 'campaign_member'),
        ('salesforce', 'user'),
        ('finance', 'contracts'),
        ('finance', 'credit_notes'),
        ('finance', 'fx_rates'),
        ('privacy', 'consents'),
        ('privacy', 'erasure_requests'),
    ]) }}
{%- endmacro %}


{% macro raw_export_name(system, table) -%}
    {{ return('raw_' ~ system ~ '__' ~ table) }}
{%- endmacro %}


{#- The demo's exports are seeds; a user's are files in a folder. Nothing below this
    macro knows which. -#}
{% macro raw_export(system, table) -%}
    {%- set name = raw_export_name(system, table) -%}
    {%- if var('exports_dir') == '' -%}
        {%- set seed = ref(name) -%}
        {%- if execute -%}
            {%- set found = adapter.get_columns_in_relation(seed) | map(attribute='name') -%}
            {%- set found = found | list -%}
            {%- if found -%}
                {%- do require_columns(
                    name, 'the seed ' ~ name, found, expected_columns(system, table)
                ) -%}
            {%- endif -%}
        {%- endif -%}
        {{ return(seed) }}
    {%- endif -%}
    {#- The source draws the line in the lineage. What is read is decided by the files. -#}
    {%- set folder = source(system, name) -%}
    {{ return(files_of_export(system, table) if execute else folder) }}
{%- endmacro %}


{% macro raw_export_source(system, table) -%}
    {%- set key = ['source', project_name, system, raw_export_name(system, table)] -%}
    {{ return(graph.sources[key | join('.')]) }}
{%- endmacro %}


{#- The columns of the system itself, in the order of its export. -#}
{% macro system_columns(system, table) -%}
    {{ return(raw_export_source(system, table).columns.keys() | list) }}
{%- endmacro %}


{#- What an export must have. A file's name and the order of its rows are known without
    their columns; when the export was made is not. -#}
{% macro expected_columns(system, table) -%}
    {{ return(system_columns(system, table) + ['_exported_at']) }}
{%- endmacro %}


{% macro require_columns(name, place, found, expected) -%}
    {%- set known = found | map('lower') | list -%}
    {%- set missing = [] -%}
    {%- for column in expected if column | lower not in known -%}
        {%- do missing.append(column) -%}
    {%- endfor -%}
    {%- if missing -%}
        {#- Without a header the columns found are someone's data. -#}
        {%- set shown = [] -%}
        {%- for column in found -%}
            {%- do shown.append('(an e-mail address)' if '@' in column else column) -%}
        {%- endfor -%}
        {%- set reason -%}
            {%- if missing | length == expected | length -%}
                its first line names no column of this table: is the header missing?
            {%- else -%}
                an export that renames or drops a column cannot be read.
            {%- endif -%}
        {%- endset -%}
        {%- do exceptions.raise_compiler_error(
            'Table ' ~ name ~ ': ' ~ place ~ ' has no column '
            ~ missing | join(', ') ~ '; ' ~ reason
            ~ ' Columns found: ' ~ shown | join(', ') ~ '.'
        ) -%}
    {%- endif -%}
{%- endmacro %}


{#- Given from outside, an instant without its offset would be one that nobody meant. -#}
{% macro instants_of_export() -%}
    {%- set as_of = var('as_of') -%}
    {%- set day = '[0-9]{4}-[0-9]{2}-[0-9]{2}' -%}
    {%- set clock = '[T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?' -%}
    {%- set offset = '(Z|[+-][0-9]{2}:?[0-9]{2})' -%}
    {%- if as_of is none -%}
        {%- for system, table in raw_exports() %}
    select distinct _exported_at as exported_text

    from {{ raw_export(system, table) }}
    {{ 'union all' if not loop.last }}
        {%- endfor -%}
    {%- elif modules.re.match(day ~ clock ~ offset ~ '$', as_of | string) -%}
    select '{{ as_of }}' as exported_text
    {%- else -%}
        {%- do exceptions.raise_compiler_error(
            'as_of must be an instant with its offset, such as 2026-10-05T05:00:00Z; '
            ~ as_of ~ ' is not.'
        ) -%}
    {%- endif -%}
{%- endmacro %}
