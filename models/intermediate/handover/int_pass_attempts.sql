with

passes as (

    select * from {{ ref('int_passes') }}

),

attempts as (

    select * from {{ ref('int_attempts') }}

),

service_levels as (

    select * from {{ ref('service_levels') }}

),

version_settings as (

    select * from {{ ref('version_settings') }}

),

working_days as (

    select * from {{ ref('working_days') }}

),

persistence_levels as (

    select
        definition_version,
        max(case when unit = 'attempts' then target_value end) as target_attempts,
        max(case when unit = 'working days' then target_value end)
            as target_working_days

    from service_levels

    where clock = 'persistence'

    group by definition_version

),

attempts_by_pass as (

    select
        passes.pass_id,
        count(*) as attempt_count,
        min(attempts.occurred_at) as first_attempt_at,
        max(attempts.occurred_at) as last_attempt_at

    from passes

    inner join attempts
        on passes.person_id = attempts.person_id
        and passes.opened_at <= attempts.occurred_at

    where
        passes.closed_at is null
        or attempts.occurred_at <= passes.closed_at

    group by passes.pass_id

),

-- The days of the first and the last attempt both count when they are worked.
with_working_days as (

    select
        attempts_by_pass.pass_id,
        attempts_by_pass.attempt_count,
        attempts_by_pass.first_attempt_at,
        attempts_by_pass.last_attempt_at,
        last_days.working_day_number
        - first_days.working_day_number
        + case when first_days.is_working_day then 1 else 0 end as working_day_count

    from attempts_by_pass

    inner join working_days as first_days
        on {{ local_date('attempts_by_pass.first_attempt_at') }}
        = first_days.calendar_date

    inner join working_days as last_days
        on {{ local_date('attempts_by_pass.last_attempt_at') }}
        = last_days.calendar_date

),

final as (

    select
        -- ids
        with_working_days.pass_id,

        -- amounts
        with_working_days.attempt_count,
        with_working_days.working_day_count,

        -- flags
        with_working_days.attempt_count >= persistence_levels.target_attempts
        and with_working_days.working_day_count
        >= persistence_levels.target_working_days as is_persistent,

        -- timestamps
        with_working_days.first_attempt_at,
        with_working_days.last_attempt_at

    from with_working_days

    inner join version_settings
        on with_working_days.last_attempt_at >= version_settings.applies_from
        and with_working_days.last_attempt_at < version_settings.applies_to

    left join persistence_levels
        on version_settings.definition_version = persistence_levels.definition_version

)

select * from final
