with

exported as (

    select * from {{ raw_export('social', 'interactions') }}

),

as_of as (

    select * from {{ ref('as_of') }}

),

parsed as (

    select
        -- ids
        {{ text('interaction_id') }} as interaction_id,
        {{ text('employee_id') }} as employee_id,
        {{ text('campaign_id') }} as campaign_id,

        -- attributes
        lower({{ text('platform') }}) as platform,
        lower({{ text('account_identity') }}) as account_identity,
        lower({{ text('interaction_kind') }}) as interaction_kind,
        {{ text('profile_url') }} as profile_url,
        {{ normalise_email('email') }} as email,

        -- timestamps
        {{ parse_instant('occurred_at') }} as occurred_at,

        -- export
        {{ export_columns('social', 'interactions') }},
        {{ first_unreadable([
            ('required', 'interaction_id', 'interaction_id'),
            ('required', 'account_identity', 'account_identity'),
            ('required', 'interaction_kind', 'interaction_kind'),
            ('email', 'email', 'email'),
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
        keys=[('email', 'email')],
        happened='occurred_at',
        ids=['interaction_id'],
        texts=['profile_url'],
    ) }}

)

-- The linter does not know how many columns a star with replacements has.
select * from hidden  -- noqa: AM04
