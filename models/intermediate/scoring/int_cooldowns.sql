with

recorded_decisions as (

    select * from {{ ref('int_recorded_decisions') }}

),

rejection_reasons as (

    select * from {{ ref('rejection_reasons') }}

),

versions_in_force as (

    select * from {{ ref('versions_in_force') }}

),

reasons_in_force as (

    select
        rejection_reasons.definition_version,
        rejection_reasons.reason_code,
        cast(rejection_reasons.cooldown_days as integer) as cooldown_days

    from rejection_reasons

    inner join versions_in_force
        on rejection_reasons.definition_version
        = versions_in_force.definition_version

    where cast(rejection_reasons.cooldown_days as integer) > 0

),

-- A handover that was declined or a disqualification has its own rules for returning.
decisions_to_cool as (

    select
        pass_id,
        person_id,
        reason_code,
        occurred_at

    from recorded_decisions

    where played_event in ('rejected', 'recycled')

),

-- The version that judges an instant also says how long an earlier decision binds.
final as (

    select
        -- ids
        decisions_to_cool.person_id,
        decisions_to_cool.pass_id,
        reasons_in_force.definition_version,

        -- attributes
        decisions_to_cool.reason_code,

        -- timestamps
        decisions_to_cool.occurred_at as valid_from,
        {{ instant_after_seconds(
            'decisions_to_cool.occurred_at', 'reasons_in_force.cooldown_days * 86400'
        ) }} as valid_to

    from decisions_to_cool

    inner join reasons_in_force
        on decisions_to_cool.reason_code = reasons_in_force.reason_code

)

select * from final
