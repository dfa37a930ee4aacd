with

users as (

    select * from {{ ref('stg_salesforce__users') }}

),

user_versions as (

    select * from {{ ref('base_salesforce__users') }}

    where _quarantine_reason is null

),

user_teams as (

    select * from {{ ref('user_teams') }}

),

last_activities as (

    select
        user_id,
        max(_exported_at) as last_active_at

    from user_versions

    where is_active

    group by user_id

),

-- Somebody can come back: only the time since they were last seen active counts.
deactivations as (

    select
        user_versions.user_id,
        min(coalesce(user_versions.modified_at, user_versions._exported_at))
            as deactivated_at

    from user_versions

    left join last_activities on user_versions.user_id = last_activities.user_id

    where
        not user_versions.is_active
        and (
            last_activities.last_active_at is null
            or user_versions._exported_at > last_activities.last_active_at
        )

    group by user_versions.user_id

),

-- A queue has a name that says whose it is, a person a department.
users_by_word as (

    select
        user_id,
        user_name,
        is_active,
        user_type = 'Queue' as is_queue,
        case when user_type = 'Queue' then 'queue' else 'department' end as match_on,
        lower(case when user_type = 'Queue' then user_name else department end)
            as match_value

    from users

),

final as (

    select
        -- ids
        users_by_word.user_id,

        -- attributes
        users_by_word.user_name,
        user_teams.team,

        -- flags
        users_by_word.is_queue,
        users_by_word.is_active,

        -- timestamps
        deactivations.deactivated_at

    from users_by_word

    left join user_teams
        on users_by_word.match_on = user_teams.match_on
        and users_by_word.match_value = lower(trim(user_teams.match_value))

    left join deactivations on users_by_word.user_id = deactivations.user_id

)

select * from final
