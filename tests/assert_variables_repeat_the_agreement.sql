-- Staging reads these two settings before it can read the agreement, from variables. A
-- row here is a version of the agreement that says something else than the variable.
with

definition_settings as (

    select * from {{ ref('definition_settings') }}

),

variables as (

    select
        'report_time_zone' as setting,
        '{{ var("report_time_zone") }}' as value

    union all

    select
        'clock_skew_minutes' as setting,
        '{{ var("clock_skew_minutes") }}' as value

),

disagreements as (

    select
        definition_settings.definition_version,
        definition_settings.setting,
        definition_settings.value as agreed_value,
        variables.value as variable_value

    from variables

    left join definition_settings on variables.setting = definition_settings.setting

    where definition_settings.value is distinct from variables.value

)

select * from disagreements
