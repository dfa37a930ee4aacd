{#- A key made of what the row is about, so that it survives any rebuild. -#}
{% macro hash_key(parts) -%}
    md5(
        {%- for part in parts -%}
        coalesce(cast({{ part }} as varchar), '')
        {%- if not loop.last %} || '|' || {% endif -%}
        {%- endfor -%}
    )
{%- endmacro %}
