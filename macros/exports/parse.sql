{#- What is read from raw columns, each by a function of the warehouse: the compiled SQL
    of staging stays legible, and the linter does not read the same patterns a thousand
    times. `create_reading_functions` makes the functions. -#}
{% macro is_given(raw) -%}
    is_given({{ raw }})
{%- endmacro %}


{% macro text(raw) -%}
    read_text({{ raw }})
{%- endmacro %}


{% macro salesforce_id(raw) -%}
    read_salesforce_id({{ raw }})
{%- endmacro %}


{% macro changed_value(raw) -%}
    read_changed_value({{ raw }})
{%- endmacro %}


{% macro parse_instant(raw) -%}
    read_instant({{ raw }})
{%- endmacro %}


{% macro parse_date(raw) -%}
    read_date({{ raw }})
{%- endmacro %}


{% macro parse_decimal(raw, scale=2, grouped=true) -%}
    {%- set precision = 30 if scale == 0 else 18 -%}
    try_cast(
        read_number({{ raw }}, {{ grouped | lower }})
        as decimal({{ precision }}, {{ scale }})
    )
{%- endmacro %}


{% macro parse_integer(raw) -%}
    read_integer({{ raw }})
{%- endmacro %}


{% macro parse_head_count(raw) -%}
    read_head_count({{ raw }})
{%- endmacro %}


{% macro parse_boolean(raw) -%}
    read_boolean({{ raw }})
{%- endmacro %}


{% macro normalise_email(raw) -%}
    read_email({{ raw }})
{%- endmacro %}


{% macro parse_email_list(raw) -%}
    read_email_list({{ raw }})
{%- endmacro %}


{% macro is_email_list(raw) -%}
    is_email_list({{ raw }})
{%- endmacro %}


{#- Reports of advertising platforms end with totals, and some have rows of no campaign
    above them; with either, the spend would be counted twice. -#}
{% macro is_summary_row(campaign_id, day) -%}
    not coalesce({{ is_given(campaign_id) }}, false)
    or lower(trim({{ campaign_id }})) like 'total%'
    or lower(trim(coalesce({{ day }}, ''))) like 'total%'
{%- endmacro %}
