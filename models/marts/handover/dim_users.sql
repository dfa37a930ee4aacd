with

users as (

    select * from {{ ref('int_users') }}

),

final as (

    select
        -- ids
        user_id,

        -- attributes
        user_name,
        team,

        -- flags
        is_queue,
        is_active,

        -- timestamps
        deactivated_at

    from users

)

select * from final
