with

identifications as (

    select * from {{ ref('stg_web__identifications') }}

),

form_submissions as (

    select * from {{ ref('int_form_submissions') }}

),

identity_keys as (

    select * from {{ ref('int_identity_keys') }}

),

-- The login goes before the address, which may be a mailbox that many people read.
identified_logins as (

    select
        identifications.anonymous_id,
        identity_keys.person_id,
        'identification' as receipt_type,
        identifications.identification_id as receipt_id,
        identifications.occurred_at

    from identifications

    inner join identity_keys
        on coalesce(
            'web_user:' || identifications.user_id,
            'email:' || identifications.email
        ) = identity_keys.identity_key

),

identified_forms as (

    select
        anonymous_id,
        person_id,
        'form_submission' as receipt_type,
        submission_id as receipt_id,
        occurred_at

    from form_submissions

    where anonymous_id is not null and person_id is not null

),

final as (

    select
        anonymous_id,
        person_id,
        receipt_type,
        receipt_id,
        occurred_at

    from identified_logins

    union all

    select
        anonymous_id,
        person_id,
        receipt_type,
        receipt_id,
        occurred_at

    from identified_forms

)

select * from final
