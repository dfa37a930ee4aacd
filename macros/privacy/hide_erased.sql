{#- The rows of a base model without anything of people who asked to be erased. What
    names a person is replaced by a name that only the company's key can make, the same
    wherever it stands, so everything that is joined and counted stays as it was. What a
    person wrote or is called goes. Whatever an export brings after the one that told
    the request is refused, and told as `erased_subject`.

    `keys` are (kinds of key, column), the one that says whose the row is first;
    `happened` is the column of the instant that decides whether the row is of the time
    before the request. `ids` name the row itself; with `order_ids_by` they keep their
    order among the rows of one value of that column. `texts` are columns to be emptied,
    or (column, what stays of it). `lists` are columns with lists of addresses. -#}
{% macro hide_erased(
    rows,
    keys,
    happened,
    ids=[],
    texts=[],
    lists=[],
    prefix_length=0,
    order_ids_by=none,
    is_refused=true
) -%}
    {%- set joins = [] -%}
    {%- for kinds, column in keys -%}
        {%- set names = [] -%}
        {%- for kind in kinds.split(' ') -%}
            {%- do names.append('erased_' ~ kind ~ '_of_' ~ column) -%}
        {%- endfor -%}
        {%- do joins.append((column, kinds.split(' '), names)) -%}
    {%- endfor -%}
    {%- set replacements = {} -%}
    {%- for column, kinds, names in joins -%}
        {%- do replacements.update({
            column: 'coalesce(' ~ names | join('.replacement, ') ~ '.replacement, '
            ~ rows ~ '.' ~ column ~ ')'
        }) -%}
    {%- endfor -%}
    {%- set is_of_subject = subject_value(rows, joins, 'valid_to') ~ ' is not null' -%}
    {%- for column in ids -%}
        {%- set order -%}
            {%- if order_ids_by -%}
                || lpad(cast(dense_rank() over (
                    partition by {{ rows }}.{{ order_ids_by }}
                    order by {{ rows }}.{{ column }} nulls last
                ) as varchar), 6, '0')
                || '-'
            {%- endif -%}
        {%- endset -%}
        {%- do replacements.update({
            column: 'case when ' ~ is_of_subject ~ ' then left(' ~ rows ~ '.' ~ column
            ~ ', ' ~ prefix_length ~ ") || 'erased-' " ~ order ~ "|| keyed_hash('"
            ~ column ~ ":' || " ~ rows ~ '.' ~ column ~ ') else '
            ~ rows ~ '.' ~ column ~ ' end'
        }) -%}
    {%- endfor -%}
    {%- for text in texts -%}
        {%- set column, kept = (text, 'null') if text is string else text -%}
        {%- do replacements.update({
            column: 'case when ' ~ is_of_subject ~ ' then ' ~ kept ~ ' else '
            ~ rows ~ '.' ~ column ~ ' end'
        }) -%}
    {%- endfor -%}
    {%- for column in lists -%}
        {%- do replacements.update({
            column: 'coalesce(renamed_' ~ column ~ '.renamed, ' ~ rows ~ '.' ~ column
            ~ ')'
        }) -%}
    {%- endfor -%}
    {%- set is_late -%}
        {{ subject_value(rows, joins, 'exported_at') }} < {{ rows }}._exported_at
    {%- endset -%}
    {%- if is_refused -%}
        {%- do replacements.update({
            '_quarantine_reason': 'case when ' ~ is_late ~ " then 'erased_subject' else "
            ~ rows ~ '._quarantine_reason end',
            '_quarantine_column': 'case when ' ~ is_late ~ ' then null else '
            ~ rows ~ '._quarantine_column end',
        }) -%}
    {%- endif -%}
    {%- do replacements.update({
        '_quarantine_value': 'case when not (' ~ is_of_subject ~ ') then ' ~ rows
        ~ '._quarantine_value end',
        '_unreadable': 'case when not (' ~ is_of_subject ~ ') then ' ~ rows
        ~ '._unreadable end',
    }) -%}
    {%- if lists -%}
    with
        {%- for column in lists %}
        {%- set one_address = explode(column) %}

    listed_{{ column }} as (

        select distinct
            {{ column }} as listed,
            {{ happened }} as happened_at,
            {{ one_address }} as email

        from {{ rows }}

    ),

    renamed_{{ column }} as (

        select
            listed_{{ column }}.listed,
            listed_{{ column }}.happened_at,
            {{ list_of(
                'coalesce(erased_keys.replacement, listed_' ~ column ~ '.email)'
            ) }} as renamed

        from listed_{{ column }}

        left join {{ ref('base_privacy__erased_keys') }} as erased_keys
            on {{ is_erased_key(
                'erased_keys',
                'email',
                'listed_' ~ column ~ '.email',
                'listed_' ~ column ~ '.happened_at'
            ) }}

        group by listed_{{ column }}.listed, listed_{{ column }}.happened_at

    ){{ ',' if not loop.last }}
        {%- endfor %}

    {% endif -%}
    select
        {{ columns_replaced(rows, replacements) }},
        {{ subject_value(rows, joins, 'valid_to') }} as _erased_at

    from {{ rows }}
    {%- for column, kinds, names in joins -%}
        {%- for kind in kinds %}

    left join {{ ref('base_privacy__erased_keys') }} as {{ names[loop.index0] }}
        on {{ is_erased_key(
            names[loop.index0], kind, rows ~ '.' ~ column, rows ~ '.' ~ happened
        ) }}
        {%- endfor -%}
    {%- endfor -%}
    {%- for column in lists %}

    left join renamed_{{ column }}
        on {{ rows }}.{{ column }} = renamed_{{ column }}.listed
        and {{ rows }}.{{ happened }} = renamed_{{ column }}.happened_at
    {%- endfor %}
{%- endmacro %}


{#- A key counts for what happened until the request, an older one for what happened
    until the one before. What has no instant is of the first. -#}
{% macro is_erased_key(erased_keys, kind, value, happened_at) -%}
    keyed_hash('{{ kind }}:' || {{ value }}) = {{ erased_keys }}.key_hash
        and coalesce({{ happened_at }}, {{ first_instant() }})
        > coalesce({{ erased_keys }}.valid_from, {{ start_of_time() }})
        and coalesce({{ happened_at }}, {{ first_instant() }})
        <= coalesce({{ erased_keys }}.valid_to, {{ end_of_time() }})
{%- endmacro %}


{#- What is known of the request of whose row it is: the first key that is given says
    whose, and of a row that cannot be read any. -#}
{% macro subject_value(rows, joins, value) -%}
    {%- set all_values = [] -%}
    {%- for column, kinds, names in joins -%}
        {%- for name in names -%}
            {%- do all_values.append(name ~ '.' ~ value) -%}
        {%- endfor -%}
    {%- endfor -%}
    case
            when {{ rows }}._quarantine_reason is not null
                then {{ first_given(all_values) }}
            {%- for column, kinds, names in joins %}
            {%- set values = [] -%}
            {%- for name in names -%}
                {%- do values.append(name ~ '.' ~ value) -%}
            {%- endfor %}
            when {{ rows }}.{{ column }} is not null then {{ first_given(values) }}
            {%- endfor %}
        end
{%- endmacro %}


{% macro first_given(values) -%}
    {{ 'coalesce(' ~ values | join(', ') ~ ')' if values | length > 1 else values[0] }}
{%- endmacro %}


{#- A link keeps the names of its parameters, which tell the channel, and no value. -#}
{% macro without_values(url) -%}
    {{ replace_all(replace_all(url, '=[^&#]*', '='), '[^/?&=]*(@|%40)[^/?&#]*', '') }}
{%- endmacro %}


{% macro without_addresses(path) -%}
    {{ replace_all(path, '[^/]*(@|%40)[^/]*', 'erased') }}
{%- endmacro %}


{#- Of a change of a lead's fields, the words that a mapping knows and the owners. -#}
{% macro mapped_change(field, value) -%}
    case
        when lower({{ field }}) in ('owner', 'status', 'rejection_reason__c')
            then {{ value }}
    end
{%- endmacro %}
