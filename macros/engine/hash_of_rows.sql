{#- Rows are ordered by their own hash, since engines sort texts differently. A null adds
    nothing to a row, so a column that is new and empty changes no hash. -#}
{% macro hash_of_rows(columns) -%}
    {%- set row_hash -%}
        md5(
            {%- for column in columns | sort %}
            coalesce(
                '{{ column }}=' || cast({{ column }} as varchar) || chr(31), ''
            )
            {%- if not loop.last %} || {% endif %}
            {%- else %}''
            {%- endfor %}
        )
    {%- endset -%}
    md5({{ string_agg(row_hash, '', row_hash) }})
{%- endmacro %}
