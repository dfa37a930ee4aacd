{% macro is_in_band(value, lower, upper) -%}
    (
        {{ value }} >= {{ lower }}
        and ({{ upper }} is null or {{ value }} < {{ upper }})
    )
{%- endmacro %}
