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


{% macro explode_moves(list, from_name, to_name) -%}
    {{ return(adapter.dispatch('explode_moves')(list, from_name, to_name)) }}
{%- endmacro %}

{#- Two lists that are exploded side by side; one is a place behind the other. -#}
{% macro default__explode_moves(list, from_name, to_name) -%}
    unnest(list_prepend(null, {{ list }})) as {{ from_name }},
    unnest(list_append({{ list }}, null)) as {{ to_name }}
{%- endmacro %}


{% macro list_size(list) -%}
    {{ return(adapter.dispatch('list_size')(list)) }}
{%- endmacro %}

{% macro default__list_size(list) -%}
    len({{ list }})
{%- endmacro %}

{% macro spark__list_size(list) -%}
    size({{ list }})
{%- endmacro %}


{% macro ordered_list(value, number) -%}
    {{ return(adapter.dispatch('ordered_list')(value, number)) }}
{%- endmacro %}

{#- An aggregate with an order of its own sorts each group by itself, which costs several
    times as much as sorting the short lists that an unordered one leaves. -#}
{% macro default__ordered_list(value, number) -%}
    list_transform(
        list_sort(
            array_agg(struct_pack(number := {{ number }}, element := {{ value }}))
        ),
        (pair) -> struct_extract(pair, 'element')
    )
{%- endmacro %}


{% macro joined_list(list, separator) -%}
    {{ return(adapter.dispatch('joined_list')(list, separator)) }}
{%- endmacro %}

{% macro default__joined_list(list, separator) -%}
    array_to_string({{ list }}, '{{ separator }}')
{%- endmacro %}

{% macro spark__joined_list(list, separator) -%}
    array_join({{ list }}, '{{ separator }}')
{%- endmacro %}
