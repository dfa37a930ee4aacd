{{ config(fail_calc=fail_with_findings()) }}

-- From the first version on, one version is in force at every instant, and both teams
-- signed it before it was. A row here is a version that starts at another moment than a
-- Monday 00:00, together with another one or not at all, or that lacks a signature.
with

definition_versions as (

    select * from {{ ref('definition_versions') }}

),

versions_in_force as (

    select
        definition_version,
        status,
        effective_from,
        signed_by_marketing,
        signed_by_marketing_at,
        signed_by_sales,
        signed_by_sales_at,
        lead(definition_version) over versions_by_start as next_version,
        lead(effective_from) over versions_by_start as next_effective_from

    from definition_versions

    where status in ('active', 'retired')

    window versions_by_start as (
        order by effective_from nulls last, definition_version
    )

),

broken_starts as (

    select
        definition_version,
        'definition_versions' as table_name,
        'effective_from' as rule,
        case
            when effective_from is null then 'is empty, and the version is ' || status
            else 'is ' || cast(effective_from as varchar) || ', no Monday 00:00'
        end as what_is_wrong

    from versions_in_force

    where
        effective_from is null
        or effective_from <> date_trunc('week', effective_from)

),

starts_of_proposals as (

    select
        definition_version,
        'definition_versions' as table_name,
        'effective_from' as rule,
        'is filled in, and the version is only ' || status as what_is_wrong

    from definition_versions

    where
        status in ('draft', 'shadow')
        and effective_from is not null

),

overlapping_starts as (

    select
        definition_version,
        'definition_versions' as table_name,
        'effective_from' as rule,
        'is that of ' || next_version || ' too: the two overlap' as what_is_wrong

    from versions_in_force

    where effective_from = next_effective_from

),

wrong_statuses as (

    select
        definition_version,
        'definition_versions' as table_name,
        'status' as rule,
        case status
            when 'active'
                then
                    'is active, and so long as ' || next_version
                    || ' follows it, it has to be retired'
            else 'is retired, and no version follows it: a gap'
        end as what_is_wrong

    from versions_in_force

    where
        (status = 'active' and next_version is not null)
        or (status = 'retired' and next_version is null)

),

signatures as (

    select
        definition_version,
        effective_from,
        'marketing' as team,
        signed_by_marketing as signed_by,
        signed_by_marketing_at as signed_at

    from versions_in_force

    union all

    select
        definition_version,
        effective_from,
        'sales' as team,
        signed_by_sales as signed_by,
        signed_by_sales_at as signed_at

    from versions_in_force

),

missing_signatures as (

    select
        definition_version,
        'definition_versions' as table_name,
        'signed_by_' || team as rule,
        case
            when signed_by is null or signed_at is null
                then team || ' has not signed: a name and a time are needed'
            else
                team || ' signed at ' || cast(signed_at as varchar)
                || ', not before the start'
        end as what_is_wrong

    from signatures

    where
        signed_by is null
        or signed_at is null
        or signed_at >= effective_from

),

findings as (

    select * from broken_starts

    union all

    select * from starts_of_proposals

    union all

    select * from overlapping_starts

    union all

    select * from wrong_statuses

    union all

    select * from missing_signatures

)

select * from findings
