{#- Not a warning of dbt's: a word that is new in the CRM must be seen, but it must not
    stop a build that treats warnings as errors. -#}
{% macro warn_of_unmapped_values(results) -%}
    {%- if execute -%}
        {%- for result in results
            if result.node.name == 'unmapped_values' and result.status == 'success' -%}
            {%- set unmapped = run_query(
                'select mapping, value, row_count from ' ~ result.node.relation_name
                ~ ' order by mapping, row_count desc, value'
            ) -%}
            {%- for mapping, value, row_count in unmapped.rows -%}
                {%- do log(
                    'WARNING: seeds/mappings/' ~ mapping ~ '.csv does not know "'
                    ~ value ~ '" (rows: ' ~ row_count ~ ')',
                    info=true
                ) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
