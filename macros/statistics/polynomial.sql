{#- Horner's form, from the highest power down. -#}
{% macro polynomial(coefficients, variable) -%}
    {%- set form = namespace(sql=coefficients | last) -%}
    {%- for coefficient in coefficients[:-1] | reverse -%}
        {%- set form.sql = '(' ~ coefficient ~ ' + ' ~ variable ~ ' * ' ~ form.sql ~ ')' -%}
    {%- endfor -%}
    {{ return(form.sql) }}
{%- endmacro %}
