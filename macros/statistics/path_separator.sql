{#- Channels are single words, so what has spaces around it stands between two. -#}
{% macro path_separator() -%}
    {{ return(' > ') }}
{%- endmacro %}
