with

form_submissions as (

    select * from {{ ref('stg_hubspot__form_submissions') }}

),

forms as (

    select * from {{ ref('stg_hubspot__forms') }}

),

form_types as (

    select * from {{ ref('form_types') }}

),

identity_keys as (

    select * from {{ ref('int_identity_keys') }}

),

-- A form that is mapped itself goes before its type, and the contact of a submission
-- before its address.
final as (

    select
        -- ids
        form_submissions.submission_id,
        identity_keys.person_id,
        form_submissions.anonymous_id,
        form_submissions.form_id,

        -- attributes
        coalesce(kinds_by_form.form_kind, kinds_by_type.form_kind) as form_kind,
        form_submissions.email,

        -- amounts
        form_submissions.callback_months,

        -- timestamps
        form_submissions.occurred_at

    from form_submissions

    left join forms on form_submissions.form_id = forms.form_id

    left join form_types as kinds_by_form
        on kinds_by_form.match_on = 'form_id'
        and lower(form_submissions.form_id) = lower(trim(kinds_by_form.match_value))

    left join form_types as kinds_by_type
        on kinds_by_type.match_on = 'form_type'
        and lower(forms.form_type) = lower(trim(kinds_by_type.match_value))

    left join identity_keys
        on coalesce(
            'hubspot:' || form_submissions.contact_id,
            'email:' || form_submissions.email
        ) = identity_keys.identity_key

)

select * from final
