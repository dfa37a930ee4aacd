{#- A key made of what the row is about, so that it survives any rebuild. -#}
{% macro hash_key(parts) -%}
    {#- One call for all parts: a chain of `||` makes a text for each of its steps. -#}
    md5(concat(
        {%- for part in parts -%}
        coalesce(cast({{ part }} as varchar), '')
        {%- if not loop.last %}, '|', {% endif -%}
        {%- endfor -%}
    ))
{%- endmacro %}


{#- A number by which equal texts are found faster than by themselves. It is the engine's
    own and may fall together for two texts, so it is never shown and decides nothing. -#}
{% macro number_of_text(value) -%}
    {{ return(adapter.dispatch('number_of_text')(value)) }}
{%- endmacro %}


{% macro default__number_of_text(value) -%}
    hash({{ value }})
{%- endmacro %}


{% macro spark__number_of_text(value) -%}
    xxhash64({{ value }})
{%- endmacro %}
