{#- How people and systems write that there is no value in a column of numbers, days,
    flags or addresses. In a column of text these words stay: a surname can be None. -#}
{% macro is_given(raw) -%}
    lower(trim({{ raw }})) not in ('', '-', '--', 'na', 'n/a', 'nan', 'none', 'null')
{%- endmacro %}


{% macro text(raw) -%}
    nullif(trim({{ raw }}), '')
{%- endmacro %}


{% macro salesforce_id(raw) -%}
    case
        when length(trim({{ raw }})) = 18 then left(trim({{ raw }}), 15)
        else {{ text(raw) }}
    end
{%- endmacro %}


{#- The casts of an engine take more than they should (a day with a word behind it), so
    the shape is checked first. What systems write most is tried before all else, as
    patterns are slow. -#}
{% macro parse_instant(raw, day_at='end') -%}
    {%- set value = 'trim(' ~ raw ~ ')' -%}
    {%- set day = '[0-9]{4}-[0-9]{2}-[0-9]{2}' -%}
    {%- set clock = '[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?' -%}
    {%- set offset = '(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)' -%}
    {%- set seconds = (
        'case when substr(' ~ value ~ ", 17, 1) = ':' then substr(" ~ value
        ~ ", 17, 3) else ':00' end"
    ) -%}
    {%- set date = 'try_cast(' ~ value ~ ' as date)' -%}
    case
        when
            length({{ raw }}) = 20
            and substr({{ raw }}, 11, 1) = 'T'
            and substr({{ raw }}, 20, 1) = 'Z'
            then try_cast({{ raw }} as timestamp with time zone)
        when {{ matches(value, '^' ~ day ~ clock ~ ' ?' ~ offset ~ '$') }}
            then try_cast(
                substr({{ value }}, 1, 16) || {{ seconds }}
                || regexp_extract({{ value }}, '{{ offset }}$', 1)
                as timestamp with time zone
            )
        when {{ matches(value, '^' ~ day ~ clock ~ '$') }}
            then {{ instant_of_local_time(
                'try_cast(substr(' ~ value ~ ', 1, 16) || ' ~ seconds
                ~ ' as timestamp)',
                report_time_zone()
            ) }}
        when {{ matches(value, '^' ~ day ~ '$') }}
            then {{ local_day_end(date) if day_at == 'end' else local_day_start(date) }}
        when {{ matches(value, '^[0-9]{13}$') }}
            then {{ instant_of_epoch_milliseconds('cast(' ~ value ~ ' as bigint)') }}
    end
{%- endmacro %}


{% macro parse_date(raw) -%}
    case
        when {{ matches('trim(' ~ raw ~ ')', '^[0-9]{4}-[0-9]{2}-[0-9]{2}$') }}
            then try_cast(trim({{ raw }}) as date)
        else {{ local_date(parse_instant(raw)) }}
    end
{%- endmacro %}


{#- Digits are grouped by spaces of three kinds, which mean nothing. -#}
{% macro without_spaces(raw) -%}
    translate({{ raw }}, ' ' || chr(160) || chr(8239), '')
{%- endmacro %}


{#- `grouped` is false for columns that never reach a thousand and have many decimals,
    such as rates: there `1,163` is little more than one. -#}
{% macro parse_decimal(raw, scale=2, grouped=true) -%}
    {%- set value = without_spaces(raw) -%}
    try_cast(
        case
            when {{ matches(
                value, '^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$'
            ) }}
                then {{ value }}
            {%- if grouped %}
            when {{ matches(value, '^[+-]?[1-9][0-9]{0,2}(,[0-9]{3})+([.][0-9]+)?$') }}
                then replace({{ value }}, ',', '')
            {%- endif %}
            when {{ matches(
                value,
                '^[+-]?([0-9]+|[1-9][0-9]{0,2}([.][0-9]{3})+),[0-9]+$'
                ~ ('|^[+-]?[1-9][0-9]{0,2}([.][0-9]{3}){2,}$' if grouped else '')
            ) }}
                then replace(replace({{ value }}, '.', ''), ',', '.')
        end
        as decimal({{ 30 if scale == 0 else 18 }}, {{ scale }})
    )
{%- endmacro %}


{#- A count has no fraction, so a separator before three digits can only group. -#}
{% macro parse_integer(raw) -%}
    {%- set value = without_spaces(raw) -%}
    try_cast(
        case
            when {{ matches(value, '^[+-]?[0-9]+([.]0{0,2})?$') }}
                then split_part({{ value }}, '.', 1)
            when {{ matches(
                value, '^[+-]?[1-9][0-9]{0,2}(([.][0-9]{3})+|(,[0-9]{3})+)$'
            ) }}
                then replace(replace({{ value }}, '.', ''), ',', '')
        end
        as bigint
    )
{%- endmacro %}


{#- HubSpot offers ranges to choose from: `100-500`, `1000+`. The lower bound is what is
    certain. -#}
{% macro parse_head_count(raw) -%}
    {{ parse_integer(
        'case when ' ~ matches('trim(' ~ raw ~ ')', '^[0-9]+ ?(-|–) ?[0-9]+$|^[0-9]+[+]$')
        ~ ' then regexp_extract(trim(' ~ raw ~ "), '^[0-9]+', 0) else " ~ raw ~ ' end'
    ) }}
{%- endmacro %}


{% macro parse_boolean(raw) -%}
    case
        when lower(trim({{ raw }})) in ('true', 't', '1', 'yes', 'y', 'ja', 'j') then true
        when lower(trim({{ raw }})) in ('false', 'f', '0', 'no', 'n', 'nee') then false
    end
{%- endmacro %}


{% macro normalise_email(raw) -%}
    {%- set value = normalised_email(raw) -%}
    case when {{ matches(value, '^[^@ ]+@[^@ ]+$') }} then {{ value }} end
{%- endmacro %}


{% macro parse_email_list(raw) -%}
    {{ return(adapter.dispatch('parse_email_list')(raw)) }}
{%- endmacro %}

{% macro default__parse_email_list(raw) -%}
    list_sort(list_distinct(list_filter(
        list_transform(
            string_split(coalesce({{ raw }}, ''), ';'),
            lambda address: {{ normalise_email('address') }}
        ),
        lambda address: address is not null
    )))
{%- endmacro %}


{% macro is_email_list(raw) -%}
    {{ return(adapter.dispatch('is_email_list')(raw)) }}
{%- endmacro %}

{% macro default__is_email_list(raw) -%}
    len(list_filter(
        string_split(coalesce({{ raw }}, ''), ';'),
        lambda address: {{ is_given('address') }}
        and {{ normalise_email('address') }} is null
    )) = 0
{%- endmacro %}


{#- A change of an owner or a merge holds an id where other changes hold a word. -#}
{% macro changed_value(raw) -%}
    case
        when {{ matches('trim(' ~ raw ~ ')', '^[0-9A-Za-z]{3}[0-9A-Za-z]{15}$') }}
            and left(trim({{ raw }}), 2) in ('00', '70')
            then left(trim({{ raw }}), 15)
        else {{ text(raw) }}
    end
{%- endmacro %}


{#- Reports of advertising platforms end with totals, and some have rows of no campaign
    above them; with either, the spend would be counted twice. -#}
{% macro is_summary_row(campaign_id, day) -%}
    not coalesce({{ is_given(campaign_id) }}, false)
    or lower(trim({{ campaign_id }})) like 'total%'
    or lower(trim(coalesce({{ day }}, ''))) like 'total%'
{%- endmacro %}
