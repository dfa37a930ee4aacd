{#- Links and lists write one name in many ways: `Herfst 2026`, `herfst-2026`. -#}
{% macro campaign_code(name) -%}
    nullif({{ replace_all('lower(' ~ name ~ ')', '[^a-z0-9ß-öø-ÿ]', '') }}, '')
{%- endmacro %}
