with

consents as (

    select * from {{ ref('stg_privacy__consents') }}

    where purpose = 'analytics_cookie' and anonymous_id is not null

),

final as (

    select
        consent_id,
        anonymous_id,
        consent_state,
        occurred_at as valid_from,
        lead(occurred_at) over (
            partition by anonymous_id
            order by occurred_at nulls last, consent_id
        ) as valid_to

    from consents

)

select * from final
