{%- set as_of = var('as_of') -%}
{%- set instant = '[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?' -%}
{%- set offset = '(Z|[+-][0-9]{2}:?[0-9]{2})' -%}
{%- if as_of is not none
    and not modules.re.fullmatch(instant ~ offset, as_of | string) -%}
    {%- do exceptions.raise_compiler_error(
        'as_of is an instant with its offset, such as 2026-10-05T05:00:00Z; '
        ~ as_of ~ ' is not.'
    ) -%}
{%- endif -%}

with

export_texts as (
    {%- if as_of is none %}
    {%- for system, table in raw_exports() %}

    select distinct _exported_at as exported_text

    from {{ raw_export(system, table) }}
    {%- if not loop.last %}

    union all
    {%- endif %}
    {%- endfor %}
    {%- else %}

    select '{{ as_of }}' as exported_text
    {%- endif %}

),

export_instants as (

    select {{ parse_instant('exported_text') }} as exported_at

    from export_texts

),

-- Without a single row nothing is known at any instant, so any will do.
final as (

    select
        coalesce(
            max(exported_at), cast('1970-01-01 00:00:00+00' as timestamp with time zone)
        ) as as_of,
        coalesce(
            {{ local_date('max(exported_at)') }}, cast('1970-01-01' as date)
        ) as as_of_date_local

    from export_instants

)

select * from final
