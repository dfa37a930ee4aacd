with

exported as (

    select * from {{ raw_export('hubspot', 'form_submissions') }}

),

as_of as (

    select * from {{ ref('as_of') }}

),

parsed as (

    select
        -- ids
        {{ text('conversion_id') }} as submission_id,
        {{ text('form_id') }} as form_id,
        {{ text('contact_id') }} as contact_id,
        {{ text('anonymous_id') }} as anonymous_id,

        -- attributes
        {{ normalise_email('email') }} as email,
        {{ text('page_url') }} as page_url,
        {{ text(json_text('values', '$.message')) }} as message,

        -- amounts
        {{ parse_integer(json_text('values', '$.callback_months')) }}
            as callback_months,

        -- timestamps
        {{ parse_instant('submitted_at') }} as occurred_at,

        -- export
        {{ export_columns('hubspot', 'form_submissions') }},
        {{ first_unreadable([
            ('required', 'conversion_id', 'submission_id'),
            ('required', 'form_id', 'form_id'),
            ('email', 'email', 'email'),
            ('form_answers', 'values', 'values'),
            ('required', 'submitted_at', 'occurred_at'),
            ('instant', 'submitted_at', 'occurred_at'),
        ]) }} as _unreadable,
        {{ first_clock_doubt([
            ('submitted_at', 'occurred_at'),
        ]) }} as _clock_doubt

    from exported

),

visible as (

    {{ visible_rows('parsed', happened=[
        ('occurred_at', 'submitted_at'),
    ]) }}

),

hidden as (

    {{ hide_erased(
        'visible',
        keys=[
            ('hubspot', 'contact_id'), ('email', 'email'), ('visitor', 'anonymous_id'),
        ],
        happened='occurred_at',
        ids=['submission_id'],
        texts=['message', ('page_url', without_values('visible.page_url'))],
    ) }}

)

-- The linter does not know how many columns a star with replacements has.
select * from hidden  -- noqa: AM04
