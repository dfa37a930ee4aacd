with

copies as (

    select * from {{ ref('base_privacy__consents') }}

),

newest_copies as (

    {{ newest_copies('copies', ['consent_id']) }}

),

final as (

    select
        -- ids
        consent_id,
        anonymous_id,

        -- attributes
        subject_email,
        purpose,
        consent_state,
        evidence_ref,

        -- timestamps
        occurred_at,

        -- export
        _exported_at,
        _source_file,
        _row_number

    from newest_copies

)

select * from final
