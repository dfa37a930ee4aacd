{#- Between rows of one key that were exported at one instant, and changed at one instant,
    the greater hash is kept. Its window also keeps later filters away from the readings
    of the columns, which they would repeat; of a table of many events only the rows that
    can be told of get as far as the window. -#}
{% macro rows_of_export(system, table, model, key, modified_at=none) -%}
    select
        '{{ system }}' as source_system,
        '{{ table }}' as source_table,
        concat_ws('|', {{ key | join(', ') }}) as natural_key,
        _source_file,
        _row_number,
        _exported_at,
        _row_hash,
        _quarantine_reason,
        _quarantine_column,
        _quarantine_value,
        _clock_doubt,
        max(case when _quarantine_reason is null then _row_hash end) over (
            partition by
                {{ key | join(', ') }}, _exported_at
                {{- ', ' ~ modified_at if modified_at }}
        ) as kept_row_hash

    from {{ ref(model) }}
{%- endmacro %}


{% macro rows_of_exports(exports) -%}
    {%- for export in exports -%}
        {{ rows_of_export(*export) }}
        {{- '\n\n    union all\n\n    ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
