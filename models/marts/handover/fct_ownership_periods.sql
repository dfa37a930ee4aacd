with

ownership_periods as (

    select * from {{ ref('int_ownership_periods') }}

),

final as (

    select
        -- ids
        {{ hash_key(['person_id', 'valid_from']) }} as ownership_period_id,
        person_id,
        pass_id,
        owner_user_id,

        -- attributes
        owner_team,
        change_reason,

        -- timestamps
        valid_from,
        valid_to

    from ownership_periods

)

select * from final
