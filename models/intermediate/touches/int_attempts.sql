with

sales_activities as (

    select * from {{ ref('int_sales_activities') }}

),

final as (

    select
        -- ids
        task_id as attempt_id,
        person_id,
        user_id,

        -- attributes
        task_type,

        -- flags
        is_connect,

        -- timestamps
        occurred_at

    from sales_activities

    where activity_kind in ('attempt', 'meeting') and direction = 'outbound'

)

select * from final
