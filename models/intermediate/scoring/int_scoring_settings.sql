with

definition_versions as (

    select * from {{ ref('definition_versions') }}

),

definition_settings as (

    select * from {{ ref('definition_settings') }}

),

settings_in_force as (

    select
        definition_settings.definition_version,
        definition_settings.setting,
        -- Settings that are not numbers, such as the time zone, become null.
        try_cast(definition_settings.value as decimal(18, 6)) as points

    from definition_settings

    inner join definition_versions
        on definition_settings.definition_version
        = definition_versions.definition_version

    where definition_versions.valid_from is not null

),

-- The agreement keeps a setting a row; the score wants a version a row.
final as (

    select
        definition_version,
        max(case when setting = 'fit_floor' then points end) as fit_floor,
        max(case when setting = 'fit_ceiling' then points end) as fit_ceiling,
        max(case when setting = 'behaviour_floor' then points end)
            as behaviour_floor,
        max(case when setting = 'behaviour_ceiling' then points end)
            as behaviour_ceiling,
        max(case when setting = 'fit_gate' then points end) as fit_gate,
        max(case when setting = 'behaviour_gate' then points end) as behaviour_gate,
        max(case when setting = 'total_line' then points end) as total_line

    from settings_in_force

    group by definition_version

)

select * from final
