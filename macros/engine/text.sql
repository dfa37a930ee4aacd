{% macro matches(text, pattern) -%}
    {{ return(adapter.dispatch('matches')(text, pattern)) }}
{%- endmacro %}

{% macro default__matches(text, pattern) -%}
    regexp_matches({{ text }}, '{{ pattern }}')
{%- endmacro %}


{% macro replace_all(text, pattern, replacement) -%}
    {{ return(adapter.dispatch('replace_all')(text, pattern, replacement)) }}
{%- endmacro %}

{% macro default__replace_all(text, pattern, replacement) -%}
    regexp_replace({{ text }}, '{{ pattern }}', '{{ replacement }}', 'g')
{%- endmacro %}


{% macro composed_text(text) -%}
    {{ return(adapter.dispatch('composed_text')(text)) }}
{%- endmacro %}

{% macro default__composed_text(text) -%}
    nfc_normalize({{ text }})
{%- endmacro %}


{% macro normalised_email(text) -%}
    {{ return(adapter.dispatch('normalised_email')(text)) }}
{%- endmacro %}

{#- The first seven characters are kinds of space: a no-break space, a narrow one, a
    figure space, a tab, a line feed, a return and a form feed. The rest has no width
    and can stand anywhere in what was pasted from a page. -#}
{% macro default__normalised_email(text) -%}
    lower(trim({{ composed_text(
        "translate(" ~ text ~ ", "
        ~ "chr(160) || chr(8239) || chr(8199) || chr(9) || chr(10) || chr(13)"
        ~ " || chr(12) || chr(8203) || chr(8204) || chr(8205) || chr(8288)"
        ~ " || chr(65279), '       ')"
    ) }}))
{%- endmacro %}


{% macro json_text(json, path) -%}
    {{ return(adapter.dispatch('json_text')(json, path)) }}
{%- endmacro %}

{% macro default__json_text(json, path) -%}
    case
        when json_valid({{ json }}) then json_extract_string({{ json }}, '{{ path }}')
    end
{%- endmacro %}


{% macro is_json(text) -%}
    {{ return(adapter.dispatch('is_json')(text)) }}
{%- endmacro %}

{% macro default__is_json(text) -%}
    json_valid({{ text }})
{%- endmacro %}


{% macro string_agg(text, separator, order_by) -%}
    {{ return(adapter.dispatch('string_agg')(text, separator, order_by)) }}
{%- endmacro %}

{% macro default__string_agg(text, separator, order_by) -%}
    string_agg({{ text }}, '{{ separator }}' order by {{ order_by }} nulls last)
{%- endmacro %}
