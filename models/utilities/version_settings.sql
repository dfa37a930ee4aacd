with

definition_versions as (

    select * from {{ ref('versions_in_force') }}

),

definition_settings as (

    select * from {{ ref('definition_settings') }}

),

-- The agreement keeps a setting a row; joins want a version a row.
settings_by_version as (

    select
        definition_version,
        cast(
            max(case when setting = 'callback_horizon_days' then value end) as integer
        ) as callback_horizon_days,
        cast(
            max(case when setting = 'closure_grace_days' then value end) as integer
        ) as closure_grace_days,
        cast(
            max(case when setting = 'expiry_working_days' then value end) as integer
        ) as expiry_working_days,
        cast(
            max(case when setting = 'pre_contact_hours' then value end) as integer
        ) as pre_contact_hours,
        cast(
            max(case when setting = 'repair_minutes' then value end) as integer
        ) as repair_minutes,
        cast(
            max(case when setting = 'missed_handover_working_days' then value end)
            as integer
        ) as missed_handover_working_days,
        cast(
            max(case when setting = 'lookback_days' then value end) as integer
        ) as lookback_days,
        cast(
            max(case when setting = 'back_dating_days' then value end) as integer
        ) as back_dating_days

    from definition_settings

    group by definition_version

),

with_order as (

    select
        definition_version,
        valid_from,
        valid_to,
        row_number() over (order by valid_from nulls last) as version_number

    from definition_versions

),

-- What was recorded before the first version is read with the words of the first.
final as (

    select
        with_order.definition_version,
        case
            when with_order.version_number = 1
                then {{ first_instant() }}
            else with_order.valid_from
        end as applies_from,
        coalesce(
            with_order.valid_to,
            {{ end_of_time() }}
        ) as applies_to,
        settings_by_version.callback_horizon_days,
        settings_by_version.closure_grace_days,
        settings_by_version.expiry_working_days,
        settings_by_version.pre_contact_hours,
        settings_by_version.repair_minutes,
        settings_by_version.missed_handover_working_days,
        settings_by_version.lookback_days,
        settings_by_version.back_dating_days

    from with_order

    inner join settings_by_version
        on with_order.definition_version = settings_by_version.definition_version

)

select * from final
