with

definition_versions as (

    select * from {{ ref('definition_versions') }}

),

versions_in_force as (

    select * from {{ ref('versions_in_force') }}

),

as_of as (

    select * from {{ ref('as_of') }}

),

final as (

    select
        -- ids
        definition_versions.definition_version,

        -- attributes
        definition_versions.status,
        definition_versions.signed_by_marketing,
        definition_versions.signed_by_sales,
        definition_versions.content_hash,
        definition_versions.change_note_nl,
        definition_versions.change_note_en,

        -- flags
        coalesce(
            versions_in_force.valid_from <= as_of.as_of
            and (
                versions_in_force.valid_to is null
                or versions_in_force.valid_to > as_of.as_of
            ),
            false
        ) as is_in_force,

        -- timestamps
        {{ instant_of_local_time(
            'definition_versions.signed_by_marketing_at', report_time_zone()
        ) }} as signed_by_marketing_at,
        {{ instant_of_local_time(
            'definition_versions.signed_by_sales_at', report_time_zone()
        ) }} as signed_by_sales_at,
        versions_in_force.valid_from,
        versions_in_force.valid_to

    from definition_versions

    inner join as_of on true

    left join versions_in_force
        on definition_versions.definition_version = versions_in_force.definition_version

)

select * from final
