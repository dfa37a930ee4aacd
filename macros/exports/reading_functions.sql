{% macro create_reading_functions() -%}
    {{ return(adapter.dispatch('create_reading_functions')()) }}
{%- endmacro %}


{% macro default__create_reading_functions() -%}
    {#- Nearly all texts. To see that there is nothing to cut off is seven times as fast as
        to cut. -#}
    create or replace function has_no_space_around(raw) as
        raw not like ' %' and raw not like '% ';

    {#- How people and systems write that there is no value in a column of numbers,
        days, flags or addresses. In a text these words stay: a surname can be None. -#}
    create or replace function is_given(raw) as
        case
            when length(raw) > 4 and has_no_space_around(raw) then true
            when length(trim(raw)) > 4 then true
            else not {{ matches('lower(trim(raw))', '^(|--?|na|n/a|nan|none|null)$') }}
        end;

    create or replace function read_text(raw) as
        case
            when has_no_space_around(raw) then nullif(raw, '')
            else nullif(trim(raw), '')
        end;

    create or replace function read_salesforce_id(raw) as
        case
            when length(read_text(raw)) = 18 then left(read_text(raw), 15)
            else read_text(raw)
        end;

    {#- A change of an owner holds an id where other changes hold a word. -#}
    create or replace function read_changed_value(raw) as
        case
            when {{ matches('trim(raw)', '^(00|70)[0-9A-Za-z]{16}$') }}
                then left(trim(raw), 15)
            else nullif(trim(raw), '')
        end;

    {#- The casts of an engine take more than they should (a day with a word behind it),
        so the shape is checked first. What systems write most is tried before all else,
        as patterns are slow. -#}
    {%- set to_the_second = '_' * 10 ~ 'T' ~ '_' * 8 ~ 'Z' -%}
    {%- set day = '[0-9]{4}-[0-9]{2}-[0-9]{2}' -%}
    {%- set clock = '[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?' -%}
    {%- set offset = '(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)' -%}
    {#- To the second, which not all write. -#}
    {%- set date_and_clock -%}
        substr(trim(raw), 1, 16)
        || case
            when substr(trim(raw), 17, 1) = ':' then substr(trim(raw), 17, 3)
            else ':00'
        end
    {%- endset %}

    create or replace function read_instant(raw) as
        case
            when raw like '{{ to_the_second }}'
                then try_cast(raw as timestamp with time zone)
            when {{ matches('trim(raw)', '^' ~ day ~ clock ~ ' ?' ~ offset ~ '$') }}
                then try_cast(
                    {{ date_and_clock }}
                    || replace(regexp_extract(trim(raw), '{{ offset }}$', 1), 'UTC', 'Z')
                    as timestamp with time zone
                )
            when {{ matches('trim(raw)', '^' ~ day ~ clock ~ '$') }}
                then {{ instant_of_local_time(
                    'try_cast(' ~ date_and_clock ~ ' as timestamp)',
                    report_time_zone()
                ) }}
            when {{ matches('trim(raw)', '^' ~ day ~ '$') }}
                then {{ local_day_end('try_cast(trim(raw) as date)') }}
            when {{ matches('trim(raw)', '^[0-9]{13}$') }}
                then {{ instant_of_epoch_milliseconds('cast(trim(raw) as bigint)') }}
        end;

    {#- A local time without offset that the clock shows twice, or never. -#}
    create or replace function clock_doubt(raw) as
        case
            when raw like '{{ to_the_second }}' then null
            when {{ matches('trim(raw)', '^' ~ day ~ clock ~ '$') }}
                then case
                    when
                        {{ local_time('read_instant(raw)', report_time_zone()) }}
                        <> try_cast({{ date_and_clock }} as timestamp)
                        then 'nonexistent'
                    when
                        {{ local_time(
                            instant_after_seconds('read_instant(raw)', '-3600'),
                            report_time_zone()
                        ) }}
                        = try_cast({{ date_and_clock }} as timestamp)
                        then 'ambiguous'
                end
        end;

    create or replace function read_date(raw) as
        case
            when {{ matches('trim(raw)', '^' ~ day ~ '$') }}
                then try_cast(trim(raw) as date)
            else {{ local_date('read_instant(raw)') }}
        end;

    {#- Digits are grouped by spaces of three kinds, which mean nothing. -#}
    create or replace function without_spaces(raw) as
        translate(raw, ' ' || chr(160) || chr(8239), '');

    {#- A number as an engine casts it. `grouped` is false for columns that never reach a
        thousand and have many decimals, such as rates: there `1,163` is little more
        than one. -#}
    create or replace function read_number(raw, grouped) as
        case
            when {{ matches(
                'without_spaces(raw)',
                '^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$'
            ) }}
                then without_spaces(raw)
            when
                grouped
                and {{ matches(
                    'without_spaces(raw)',
                    '^[+-]?[1-9][0-9]{0,2}(,[0-9]{3})+([.][0-9]+)?$'
                ) }}
                then replace(without_spaces(raw), ',', '')
            when {{ matches(
                'without_spaces(raw)',
                '^[+-]?([0-9]+|[1-9][0-9]{0,2}([.][0-9]{3})+),[0-9]+$'
                ~ '|^[+-]?[1-9][0-9]{0,2}([.][0-9]{3}){2,}$'
            ) }}
                then replace(replace(without_spaces(raw), '.', ''), ',', '.')
        end;

    {#- A count has no fraction, so a separator before three digits can only group. -#}
    create or replace function read_integer(raw) as
        try_cast(
            case
                when {{ matches('raw', '^[0-9]+$') }} then raw
                when {{ matches(
                    'without_spaces(raw)', '^[+-]?[0-9]+([.]0{0,2})?$'
                ) }}
                    then split_part(without_spaces(raw), '.', 1)
                when {{ matches(
                    'without_spaces(raw)',
                    '^[+-]?[1-9][0-9]{0,2}(([.][0-9]{3})+|(,[0-9]{3})+)$'
                ) }}
                    then replace(replace(without_spaces(raw), '.', ''), ',', '')
            end
            as bigint
        );

    {#- HubSpot offers ranges to choose from: `100-500`, `1000+`. The lower bound is what
        is certain. -#}
    create or replace function read_head_count(raw) as
        read_integer(
            case
                when {{ matches('trim(raw)', '^[0-9]+ ?(-|–) ?[0-9]+$|^[0-9]+[+]$') }}
                    then regexp_extract(trim(raw), '^[0-9]+', 0)
                else raw
            end
        );

    create or replace function read_boolean(raw) as
        case
            when lower(trim(raw)) in ('true', 't', '1', 'yes', 'y', 'ja', 'j')
                then true
            when lower(trim(raw)) in ('false', 'f', '0', 'no', 'n', 'nee')
                then false
        end;

    {#- Nearly all addresses are of letters, digits and a few signs, which leave nothing to
        be mended but capitals. -#}
    create or replace function read_email(raw) as
        case
            when {{ matches('raw', '^[A-Za-z0-9._+-]+@[A-Za-z0-9._+-]+$') }}
                then lower(raw)
            when {{ matches(normalised_email('raw'), '^[^@ ]+@[^@ ]+$') }}
                then {{ normalised_email('raw') }}
        end;

    create or replace function read_email_list(raw) as
        list_sort(list_distinct(list_filter(
            list_transform(
                string_split(coalesce(raw, ''), ';'),
                lambda address: read_email(address)
            ),
            lambda address: address is not null
        )));

    create or replace function is_email_list(raw) as
        len(list_filter(
            string_split(coalesce(raw, ''), ';'),
            lambda address: is_given(address) and read_email(address) is null
        )) = 0;
{%- endmacro %}
