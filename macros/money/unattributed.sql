{% macro unattributed() -%}
    '(unattributed)'
{%- endmacro %}
