with

definition_versions as (

    select * from {{ ref('definition_versions') }}

),

definition_settings as (

    select * from {{ ref('definition_settings') }}

),

-- The agreement keeps a setting a row; the score wants a version a row.
final as (

    select
        definition_versions.definition_version,
        {% for setting in [
            'fit_floor',
            'fit_ceiling',
            'behaviour_floor',
            'behaviour_ceiling',
            'fit_gate',
            'behaviour_gate',
            'total_line',
        ] -%}
        {{ as_points(
            "max(case when definition_settings.setting = '" ~ setting
            ~ "' then definition_settings.value end)"
        ) }} as {{ setting }}{{ ',' if not loop.last }}
        {% endfor %}

    from definition_versions

    inner join definition_settings
        on definition_versions.definition_version
        = definition_settings.definition_version

    where definition_versions.valid_from is not null

    group by definition_versions.definition_version

)

select * from final
