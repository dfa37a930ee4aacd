{{ config(fail_calc=fail_with_findings()) }}

-- The rows of a signed version are those that were signed. A row here is a table that
-- was changed since, down to a comma in a label, or a hash that is missing or wrong.
-- Undo the change, or propose it as a new version.
with

signed_versions as (

    select
        definition_version,
        content_hash

    from {{ ref('definition_versions') }}

    where
        signed_by_marketing_at is not null
        or signed_by_sales_at is not null

),

definition_hashes as (

    select * from {{ ref('definition_hashes') }}

),

signed_hashes as (

    select
        definition_hashes.definition_version,
        definition_hashes.table_name,
        definition_hashes.row_hash

    from definition_hashes

    inner join signed_versions
        on definition_hashes.definition_version = signed_versions.definition_version

),

hashes_of_tables as (

    {% for table in agreement_tables() -%}
        select
            definition_version,
            '{{ table }}' as table_name,
            {{ hash_of_rows(signed_columns(table)) }} as row_hash

        from {{ ref(table) }}

        group by definition_version
        {%- if not loop.last %}

            union all

        {% endif %}
    {%- endfor %}

),

-- A table that is in neither of the two has no rows for the version, and had none.
hashes_of_signed_versions as (

    select
        signed_versions.definition_version,
        hashes_of_tables.table_name,
        hashes_of_tables.row_hash

    from signed_versions

    inner join hashes_of_tables
        on signed_versions.definition_version = hashes_of_tables.definition_version

),

changed_tables as (

    select
        coalesce(
            hashes_of_signed_versions.definition_version,
            signed_hashes.definition_version
        ) as definition_version,
        coalesce(
            hashes_of_signed_versions.table_name, signed_hashes.table_name
        ) as table_name,
        'row_hash' as rule,
        case
            when signed_hashes.row_hash is null
                then 'has rows that no hash covers'
            when hashes_of_signed_versions.row_hash is null
                then 'has lost all of the rows that were signed'
            else 'was changed after it was signed'
        end
        || ': undo it, or propose a new version' as what_is_wrong

    from hashes_of_signed_versions

    full outer join signed_hashes
        on
        hashes_of_signed_versions.definition_version
        = signed_hashes.definition_version
        and hashes_of_signed_versions.table_name = signed_hashes.table_name

    where
        hashes_of_signed_versions.row_hash is null
        or signed_hashes.row_hash is null
        or hashes_of_signed_versions.row_hash <> signed_hashes.row_hash

),

hashes_of_versions as (

    select
        definition_version,
        {{ hash_of_rows(['definition_version', 'table_name', 'row_hash']) }}
            as content_hash

    from signed_hashes

    group by definition_version

),

changed_versions as (

    select
        signed_versions.definition_version,
        'definition_hashes' as table_name,
        'content_hash' as rule,
        'does not have the content_hash of definition_versions' as what_is_wrong

    from signed_versions

    left join hashes_of_versions
        on signed_versions.definition_version = hashes_of_versions.definition_version

    where
        signed_versions.content_hash is null
        or hashes_of_versions.content_hash is null
        or signed_versions.content_hash <> hashes_of_versions.content_hash

),

findings as (

    select * from changed_tables

    union all

    select * from changed_versions

)

select * from findings
