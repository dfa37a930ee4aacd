with

definition_versions as (

    select * from {{ ref('definition_versions') }}

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
            definition_versions.valid_from <= as_of.as_of
            and (
                definition_versions.valid_to is null
                or definition_versions.valid_to > as_of.as_of
            ),
            false
        ) as is_in_force,

        -- timestamps
        definition_versions.signed_by_marketing_at,
        definition_versions.signed_by_sales_at,
        definition_versions.valid_from,
        definition_versions.valid_to

    from definition_versions

    inner join as_of on true

)

select * from final
