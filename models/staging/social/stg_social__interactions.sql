with

copies as (

    select * from {{ ref('base_social__interactions') }}

),

newest_copies as (

    {{ newest_copies('copies', ['interaction_id']) }}

),

final as (

    select
        -- ids
        interaction_id,
        employee_id,
        campaign_id,

        -- attributes
        platform,
        account_identity,
        interaction_kind,
        profile_url,
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
