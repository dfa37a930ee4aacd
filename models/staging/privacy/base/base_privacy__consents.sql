with

exported as (

    select * from {{ raw_export('privacy', 'consents') }}

),

as_of as (

    select * from {{ ref('as_of') }}

),

parsed as (

    select
        -- ids
        {{ text('consent_id') }} as consent_id,
        {{ text('anonymous_id') }} as anonymous_id,

        -- attributes
        {{ normalise_email('subject_email') }} as subject_email,
        lower({{ text('purpose') }}) as purpose,
        lower({{ text('state') }}) as consent_state,
        {{ text('evidence_ref') }} as evidence_ref,

        -- timestamps
        {{ parse_instant('occurred_at') }} as occurred_at,

        -- export
        {{ export_columns('privacy', 'consents') }},
        {{ first_unreadable([
            ('required', 'consent_id', 'consent_id'),
            ('email', 'subject_email', 'subject_email'),
            ('required', 'purpose', 'purpose'),
            ('required', 'state', 'consent_state'),
            ('required', 'occurred_at', 'occurred_at'),
            ('instant', 'occurred_at', 'occurred_at'),
        ]) }} as _unreadable,
        {{ first_clock_doubt([
            ('occurred_at', 'occurred_at'),
        ]) }} as _clock_doubt

    from exported

),

visible as (

    {{ visible_rows('parsed', happened=[
        ('occurred_at', 'occurred_at'),
    ]) }}

),

hidden as (

    {{ hide_erased(
        'visible',
        keys=[('email', 'subject_email'), ('visitor', 'anonymous_id')],
        happened='occurred_at',
        ids=['consent_id'],
        texts=['evidence_ref'],
    ) }}

)

-- The linter does not know how many columns a star with replacements has.
select * from hidden  -- noqa: AM04
