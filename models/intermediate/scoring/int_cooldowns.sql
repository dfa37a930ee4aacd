with

recorded_decisions as (

    select * from {{ ref('int_recorded_decisions') }}

),

rejection_reasons as (

    select * from {{ ref('rejection_reasons') }}

),

definition_versions as (

    select * from {{ ref('definition_versions') }}

),

reasons_in_force as (

    select
        rejection_reasons.definition_version,
        rejection_reasons.reason_code,
        cast(rejection_reasons.cooldown_days as integer) as cooldown_days

    from rejection_reasons

    inner join definition_versions
        on rejection_reasons.definition_version
        = definition_versions.definition_version

    where
        definition_versions.valid_from is not null
        and cast(rejection_reasons.cooldown_days as integer) > 0

),

-- The version that judges an instant also says how long an earlier decision binds.
final as (

    select
        -- ids
        recorded_decisions.person_id,
        recorded_decisions.pass_id,
        reasons_in_force.definition_version,

        -- attributes
        recorded_decisions.reason_code,

        -- timestamps
        recorded_decisions.occurred_at as valid_from,
        {{ instant_after_seconds(
            'recorded_decisions.occurred_at', 'reasons_in_force.cooldown_days * 86400'
        ) }} as valid_to

    from recorded_decisions

    inner join reasons_in_force
        on recorded_decisions.reason_code = reasons_in_force.reason_code

)

select * from final
