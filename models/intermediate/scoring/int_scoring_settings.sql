with

versions_in_force as (

    select * from {{ ref('versions_in_force') }}

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

    inner join versions_in_force
        on definition_settings.definition_version
        = versions_in_force.definition_version

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
