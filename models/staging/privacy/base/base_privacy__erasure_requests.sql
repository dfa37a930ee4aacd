with

exported as (

    select * from {{ raw_export('privacy', 'erasure_requests') }}

),

erased_keys as (

    select * from {{ ref('base_privacy__erased_keys') }}

),

as_of as (

    select * from {{ ref('as_of') }}

),

-- A request can name the address, or, when the address is to be kept nowhere, its hash.
parsed as (

    select
        -- ids
        {{ text('request_id') }} as request_id,

        -- attributes
        coalesce(
            keyed_hash('email:' || {{ normalise_email('subject_email') }}),
            case
                when {{ matches('trim(subject_email)', '^[0-9a-f]{32}$') }}
                    then trim(subject_email)
            end
        ) as address_hash,

        -- timestamps
        {{ parse_instant('requested_at') }} as requested_at,
        {{ parse_instant('requested_at') }} as written_at,

        -- export
        {{ export_columns('privacy', 'erasure_requests') }},
        {{ first_unreadable(
            [
                ('required', 'request_id', 'request_id'),
                ('required', 'subject_email', 'subject_email'),
                ('required', 'requested_at', 'requested_at'),
                ('instant', 'requested_at', 'requested_at'),
            ],
            faults=[
                (
                    is_given('subject_email')
                    ~ ' and ' ~ normalise_email('subject_email') ~ ' is null and not '
                    ~ matches('trim(subject_email)', '^[0-9a-f]{32}$'),
                    'subject_email_unreadable',
                    'subject_email',
                ),
            ]
        ) }} as _unreadable,
        {{ first_clock_doubt([
            ('requested_at', 'requested_at'),
        ]) }} as _clock_doubt

    from exported

),

visible as (

    {{ visible_rows('parsed', happened=[
        ('requested_at', 'requested_at'),
    ]) }}

),

-- What the others of the base models show of the person, and nothing else.
hidden as (

    select
        -- ids
        'erased-' || keyed_hash('request_id:' || visible.request_id) as request_id,

        -- attributes
        visible.address_hash,
        erased_keys.replacement as subject_email,

        -- timestamps
        visible.requested_at,

        -- export
        visible._exported_at,
        visible._source_file,
        visible._row_number,
        visible._row_hash,
        visible._unreadable,
        visible._clock_doubt,
        visible._quarantine_reason,
        visible._quarantine_column,
        visible._quarantine_value

    from visible

    left join erased_keys
        on visible.address_hash = erased_keys.key_hash
        and visible.written_at = erased_keys.valid_to

)

select * from hidden
