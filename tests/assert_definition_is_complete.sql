{{ config(fail_calc=fail_with_findings()) }}

-- Every version holds the whole rule set. A row here is a setting that one version has
-- and another lacks, a number that cannot be read or is out of its range, or a model of
-- attribution that does not divide all of the credit.
with

definition_versions as (

    select * from {{ ref('definition_versions') }}

),

definition_settings as (

    select * from {{ ref('definition_settings') }}

),

attribution_models as (

    select * from {{ ref('attribution_models') }}

),

settings as (

    select distinct setting from definition_settings

),

missing_settings as (

    select
        definition_versions.definition_version,
        'definition_settings' as table_name,
        settings.setting as rule,
        'is missing, though another version has it' as what_is_wrong

    from definition_versions

    cross join settings

    left join definition_settings
        on definition_versions.definition_version
        = definition_settings.definition_version
        and settings.setting = definition_settings.setting

    where definition_settings.setting is null

),

unreadable_settings as (

    select
        definition_version,
        'definition_settings' as table_name,
        setting as rule,
        'is ' || value || ', which is no number' as what_is_wrong

    from definition_settings

    where
        unit <> 'time zone'
        and try_cast(value as decimal(12, 6)) is null

),

settings_out_of_range as (

    select
        definition_version,
        'definition_settings' as table_name,
        setting as rule,
        'is ' || value || ' ' || unit || ', which cannot be' as what_is_wrong

    from definition_settings

    where
        (unit not in ('points', 'time zone') and try_cast(value as decimal(12, 6)) < 0)
        or (unit = 'share' and try_cast(value as decimal(12, 6)) > 1)

),

undivided_credit as (

    select
        definition_version,
        'attribution_models' as table_name,
        attribution_model as rule,
        'has weights that add up to ' || cast(sum(weight) as varchar) || ', not to 1'
            as what_is_wrong

    from attribution_models

    group by definition_version, attribution_model

    having sum(weight) <> 1

),

findings as (

    select * from missing_settings

    union all

    select * from unreadable_settings

    union all

    select * from settings_out_of_range

    union all

    select * from undivided_credit

)

select * from findings
