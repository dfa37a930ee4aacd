with

definition_settings as (

    select * from {{ ref('definition_settings') }}

),

versions as (

    select * from {{ ref('versions_in_force') }}

),

as_of as (

    select * from {{ ref('as_of') }}

),

-- The newest gap agreed by now splits all visits, so that no visit changes its key
-- halfway through.
gap_settings as (

    select
        cast(definition_settings.value as integer) as gap_minutes,
        row_number() over (
            order by
                case when versions.valid_from <= as_of.as_of then 0 else 1 end,
                case
                    when versions.valid_from <= as_of.as_of then versions.valid_from
                end desc nulls last,
                versions.valid_from nulls last
        ) as setting_number

    from definition_settings

    inner join versions
        on definition_settings.definition_version = versions.definition_version

    inner join as_of on true

    where definition_settings.setting = 'session_gap_minutes'

),

final as (

    select gap_minutes

    from gap_settings

    where setting_number = 1

)

select * from final
