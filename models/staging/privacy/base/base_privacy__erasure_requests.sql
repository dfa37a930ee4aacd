with

exported as (

    select * from {{ raw_export('privacy', 'erasure_requests') }}

),

as_of as (

    select * from {{ ref('as_of') }}

),

parsed as (

    select
        -- ids
        {{ text('request_id') }} as request_id,

        -- attributes
        {{ normalise_email('subject_email') }} as subject_email,

        -- timestamps
        {{ parse_instant('requested_at') }} as requested_at,

        -- export
        {{ export_columns('privacy', 'erasure_requests') }},
        {{ first_unreadable([
            ('required', 'request_id', 'request_id'),
            ('required', 'subject_email', 'subject_email'),
            ('email', 'subject_email', 'subject_email'),
            ('required', 'requested_at', 'requested_at'),
            ('instant', 'requested_at', 'requested_at'),
        ]) }} as _unreadable,
        {{ first_clock_doubt([
            ('requested_at', 'requested_at'),
        ]) }} as _clock_doubt

    from exported

),

visible as (

    {{ visible_rows('parsed', happened=[
        ('requested_at', 'requested_at'),
    ]) }}

)

select * from visible
