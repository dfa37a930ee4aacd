{% macro explode(list) -%}
    {{ return(adapter.dispatch('explode')(list)) }}
{%- endmacro %}

{% macro default__explode(list) -%}
    unnest({{ list }})
{%- endmacro %}

{% macro spark__explode(list) -%}
    explode({{ list }})
{%- endmacro %}


{% macro explode_with_number(list, element_name, number_name) -%}
    {{ return(
        adapter.dispatch('explode_with_number')(list, element_name, number_name)
    ) }}
{%- endmacro %}

{% macro default__explode_with_number(list, element_name, number_name) -%}
    unnest({{ list }}) as {{ element_name }},
    generate_subscripts({{ list }}, 1) as {{ number_name }}
{%- endmacro %}
