{#- The columns that every staging model carries beside its own. The hash is over the
    system's columns alone: the same row in two files has the same hash. -#}
{% macro export_columns(system, table) -%}
    {{ parse_instant('_exported_at') }} as _exported_at,
        _source_file,
        {{ parse_integer('_row_number') }} as _row_number,
        {{ hash_key(system_columns(system, table) if execute else ["''"]) }} as _row_hash
{%- endmacro %}


{#- The first column of a row that cannot be read, as `reason|column|value`; null when
    all can. `checks` are (kind, column of the export, our name) in the order of the
    model; `faults` are (condition, reason, column of the export) and come first. -#}
{% macro first_unreadable(checks, faults=[]) -%}
    {%- set export_checks = [
        ('required', '_exported_at', '_exported_at'),
        ('instant', '_exported_at', '_exported_at'),
    ] -%}
    case
        {%- for condition, reason, column in faults %}
        when {{ condition }}
            then '{{ reason }}|{{ column }}|' || coalesce({{ column }}, '')
        {%- endfor %}
        {%- for kind, column, name in export_checks + checks %}
        when {{ is_unreadable(kind, column) }}
            then
                '{{ name }}_{{ "missing" if kind == "required" else "unreadable" }}'
                || '|{{ column }}|' || coalesce({{ column }}, '')
        {%- endfor %}
    end
{%- endmacro %}


{#- The first local time without offset of a row that the clock shows twice or never, as
    `reason|column|value`. It is read by the agreed rule all the same. -#}
{% macro first_clock_doubt(instants) -%}
    case
        {%- for column, name in instants %}
        when clock_doubt({{ column }}) is not null
            then
                '{{ name }}_' || clock_doubt({{ column }})
                || '|{{ column }}|' || {{ column }}
        {%- endfor %}
    end
{%- endmacro %}


{% macro is_unreadable(kind, column) -%}
    {%- if kind == 'required' -%}
        not coalesce({{ is_given(column) }}, false)
    {%- elif kind == 'email_list' -%}
        not {{ is_email_list(column) }}
    {%- elif kind == 'form_answers' -%}
        {{ is_given(column) }}
        and (
            not {{ is_json(column) }}
            or {{ is_unreadable('integer', json_text(column, '$.callback_months')) }}
        )
    {%- else -%}
        {%- set readers = {
            'instant': parse_instant,
            'date': parse_date,
            'decimal': parse_decimal,
            'integer': parse_integer,
            'head_count': parse_head_count,
            'boolean': parse_boolean,
            'email': normalise_email,
        } -%}
        {{ readers[kind](column) }} is null and {{ is_given(column) }}
    {%- endif -%}
{%- endmacro %}


{#- The rows that were exported at or before `as_of`, each with the reason for which it
    is held back, if any. `happened` are (our name, column of the export) of instants
    that no export can have seen before they came, `happened_on` of local days that none
    can have seen before they began. What a clock puts a little later than the export
    that tells of it is put at that export, and so is a date without an hour, which lies
    at the end of its day, while the day goes on. A row without a readable instant of
    export belongs to no moment; it is shown, so that it can be reported. -#}
{% macro visible_rows(rows, happened=[], happened_on=[]) -%}
    {%- set exported_at = rows ~ '._exported_at' -%}
    {%- set latest = instant_after_seconds(
        exported_at, var('clock_skew_minutes') ~ ' * 60'
    ) -%}
    {%- set replacements = {} -%}
    {#- (condition of a fault, value, column of the export) -#}
    {%- set faults = [] -%}
    {%- for name, column in happened -%}
        {%- set value = rows ~ '.' ~ name -%}
        {%- do replacements.update({
            name: 'case when ' ~ value ~ ' > ' ~ exported_at ~ ' then ' ~ exported_at
            ~ ' else ' ~ value ~ ' end'
        }) -%}
        {#- Few are late, so that few days are computed. -#}
        {%- do faults.append((
            'case when ' ~ value ~ ' > ' ~ latest ~ ' then ' ~ value ~ ' <> '
            ~ local_day_end(local_date(exported_at)) ~ ' else false end',
            value,
            column,
        )) -%}
    {%- endfor -%}
    {%- for name, column in happened_on -%}
        {%- set value = rows ~ '.' ~ name -%}
        {%- do faults.append((local_day_start(value) ~ ' > ' ~ latest, value, column)) -%}
    {%- endfor %}
    select
        {% if replacements -%}
        {{ columns_replaced(rows, replacements) }},
        {%- else -%}
        {{ rows }}.*,
        {%- endif %}
        case
            when {{ rows }}._unreadable is not null
                then split_part({{ rows }}._unreadable, '|', 1)
            {%- for is_fault, value, column in faults %}
            when {{ is_fault }} then 'occurred_after_export'
            {%- endfor %}
        end as _quarantine_reason,
        case
            when {{ rows }}._unreadable is not null
                then split_part({{ rows }}._unreadable, '|', 2)
            {%- for is_fault, value, column in faults %}
            when {{ is_fault }} then '{{ column }}'
            {%- endfor %}
        end as _quarantine_column,
        case
            when {{ rows }}._unreadable is not null
                then substr(
                    {{ rows }}._unreadable,
                    length(split_part({{ rows }}._unreadable, '|', 1))
                    + length(split_part({{ rows }}._unreadable, '|', 2))
                    + 3
                )
            {%- for is_fault, value, column in faults %}
            when {{ is_fault }} then cast({{ value }} as varchar)
            {%- endfor %}
        end as _quarantine_value

    from {{ rows }}

    inner join as_of
        on {{ exported_at }} <= as_of.as_of
        or {{ exported_at }} is null
{%- endmacro %}


{#- The order in which the versions of a row replace each other. Copies of one row are
    equal but for where they were found, which decides nothing. -#}
{% macro newest_first(modified_at=none) -%}
    _exported_at desc nulls last,
            {%- if modified_at %}
            {{ modified_at }} desc nulls last,
            {%- endif %}
            _row_hash desc nulls last,
            _source_file asc nulls last,
            _row_number asc nulls last
{%- endmacro %}


{#- The newest readable version of each row of a full dump, and when it went. A dump
    shows all there is, so a key that a later dump does not have was deleted by then. -#}
{% macro newest_versions(versions, key, modified_at=none, is_of_person=false) -%}
    {#- That the company deleted whom it was asked to erase says nothing of before. -#}
    {%- set is_deletion -%}
        dumps.next_dump_at is not null
        {%- if is_of_person %}
        and coalesce(dumps.next_dump_at <= ranked_versions._erased_at, true)
        {%- endif -%}
    {%- endset -%}
    with

    dump_instants as (

        select distinct _exported_at

        from {{ versions }}

        where _exported_at is not null

    ),

    dumps as (

        select
            _exported_at,
            lead(_exported_at) over (order by _exported_at nulls last) as next_dump_at

        from dump_instants

    ),

    last_presences as (

        select
            {{ key | join(', ') }},
            max(_exported_at) as last_present_at

        from {{ versions }}

        group by {{ key | join(', ') }}

    ),

    ranked_versions as (

        select
            *,
            row_number() over (
                partition by {{ key | join(', ') }}
                order by
                    {{ newest_first(modified_at) }}
            ) as version_number

        from {{ versions }}

        where _quarantine_reason is null

    )

    select
        ranked_versions.*,
        {{ is_deletion }} as _is_deleted,
        case when {{ is_deletion }} then dumps.next_dump_at end as _deleted_at

    from ranked_versions

    inner join last_presences
        on
        {%- for column in key %}
            {{ 'and ' if not loop.first -}}
            ranked_versions.{{ column }} = last_presences.{{ column }}
        {%- endfor %}

    inner join dumps on last_presences.last_present_at = dumps._exported_at

    where ranked_versions.version_number = 1
{%- endmacro %}


{#- The rows of an export whose ids have one of the given numbers. They are found before
    anything is read of them, so that of millions of rows only these are read. -#}
{% macro rows_of_ids(export, id, numbers) -%}
    select exported_rows.*

    from {{ export }} as exported_rows

    inner join {{ numbers }} as numbers
        on {{ number_of_text(text('exported_rows.' ~ id)) }} = numbers.id_number
{%- endmacro %}


{#- The numbers of the ids that stand in more than one row, or in one that is held back,
    doubted, or put at the instant of its export. -#}
{% macro unsettled_ids(rows) -%}
    select _id_number as id_number

    from {{ rows }}

    group by _id_number

    having
        count(*) > 1
        or count(
            case
                when occurred_at = _exported_at then 'at its export'
                else coalesce(_quarantine_reason, _clock_doubt)
            end
        ) > 0
{%- endmacro %}


{#- One row of each key of a table that only adds, or that restates what it said. What
    cannot be read is put last and not filtered out first: a filter would be pushed down
    to where the columns are read, and have all of that done again for itself. -#}
{% macro newest_copies(copies, key) -%}
    with

    ranked_copies as (

        select
            *,
            row_number() over (
                partition by {{ key | join(', ') }}
                order by
                    case when _quarantine_reason is null then 0 else 1 end,
                    {{ newest_first() }}
            ) as copy_number

        from {{ copies }}

    )

    select *

    from ranked_copies

    where
        copy_number = 1
        and _quarantine_reason is null
{%- endmacro %}
