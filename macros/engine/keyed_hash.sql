{#- The functions of the warehouse that a key of the company is part of: it stands in
    them and in no model, so no compiled SQL shows it. What is kept of a hash is half of
    it, which is enough to tell apart and too little to lengthen. -#}
{% macro create_keyed_hash() -%}
    {{ return(adapter.dispatch('create_keyed_hash')()) }}
{%- endmacro %}


{% macro default__create_keyed_hash() -%}
    create or replace function keyed_hash(value) as
        left(
            sha256(
                {{ sql_text(env_var('ONE_FUNNEL_ERASURE_KEY', var('erasure_key'))) }}
                || value
            ),
            32
        );
{%- endmacro %}


{% macro columns_replaced(rows, replacements) -%}
    {{ return(adapter.dispatch('columns_replaced')(rows, replacements)) }}
{%- endmacro %}


{% macro default__columns_replaced(rows, replacements) -%}
    {{ rows }}.* replace (
            {%- for column, expression in replacements.items() %}
            {{ expression }} as {{ column }}{{ ',' if not loop.last }}
            {%- endfor %}
        )
{%- endmacro %}


{% macro spark__columns_replaced(rows, replacements) -%}
    {{ rows }}.* except ({{ replacements.keys() | join(', ') }})
        {%- for column, expression in replacements.items() %},
        {{ expression }} as {{ column }}
        {%- endfor %}
{%- endmacro %}


{#- A list of the values of a group, in their order. -#}
{% macro list_of(value) -%}
    {{ return(adapter.dispatch('list_of')(value)) }}
{%- endmacro %}


{% macro default__list_of(value) -%}
    list({{ value }} order by {{ value }} nulls last)
{%- endmacro %}


{% macro spark__list_of(value) -%}
    array_sort(collect_list({{ value }}))
{%- endmacro %}
