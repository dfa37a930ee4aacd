with

consents as (

    select * from {{ ref('stg_privacy__consents') }}

),

identity_keys as (

    select * from {{ ref('int_identity_keys') }}

),

final as (

    select
        consents.consent_id,
        identity_keys.person_id,
        consents.purpose,
        consents.consent_state,
        consents.occurred_at as valid_from,
        lead(consents.occurred_at) over (
            partition by identity_keys.person_id, consents.purpose
            order by consents.occurred_at nulls last, consents.consent_id
        ) as valid_to

    from consents

    inner join identity_keys
        on 'email:' || consents.subject_email = identity_keys.identity_key

)

select * from final
