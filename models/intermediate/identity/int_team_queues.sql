with

users as (

    select * from {{ ref('int_users') }}

),

final as (

    select
        team,
        min(user_id) as queue_user_id

    from users

    where is_queue and team is not null

    group by team

)

select * from final
