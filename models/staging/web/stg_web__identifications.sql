with

copies as (

    select * from {{ ref('base_web__identifications') }}

),

newest_copies as (

    {{ newest_copies('copies', ['identification_id']) }}

),

final as (

    select
        -- ids
        identification_id,
        anonymous_id,
        user_id,

        -- attributes
        email,

        -- timestamps
        occurred_at,

        -- export
        _exported_at,
        _source_file,
        _row_number

    from newest_copies

)

select * from final
