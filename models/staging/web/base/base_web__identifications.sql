with

exported as (

    select * from {{ raw_export('web', 'identifies') }}

),

as_of as (

    select * from {{ ref('as_of') }}

),

parsed as (

    select
        -- ids
        {{ text('id') }} as identification_id,
        {{ text('anonymous_id') }} as anonymous_id,
        {{ text('user_id') }} as user_id,

        -- attributes
        {{ normalise_email('email') }} as email,

        -- timestamps
        {{ parse_instant('timestamp') }} as occurred_at,

        -- export
        {{ export_columns('web', 'identifies') }},
        {{ first_unreadable([
            ('required', 'id', 'identification_id'),
            ('required', 'anonymous_id', 'anonymous_id'),
            ('email', 'email', 'email'),
            ('required', 'timestamp', 'occurred_at'),
            ('instant', 'timestamp', 'occurred_at'),
        ]) }} as _unreadable,
        {{ first_clock_doubt([
            ('timestamp', 'occurred_at'),
        ]) }} as _clock_doubt

    from exported

),

visible as (

    {{ visible_rows('parsed', happened=[
        ('occurred_at', 'timestamp'),
    ]) }}

),

hidden as (

    {{ hide_erased(
        'visible',
        keys=[
            ('web_user', 'user_id'), ('email', 'email'), ('visitor', 'anonymous_id'),
        ],
        happened='occurred_at',
        ids=['identification_id'],
    ) }}

)

-- The linter does not know how many columns a star with replacements has.
select * from hidden  -- noqa: AM04
