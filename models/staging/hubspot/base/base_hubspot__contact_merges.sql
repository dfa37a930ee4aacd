with

exported as (

    select * from {{ raw_export('hubspot', 'contact_merge_audit') }}

),

as_of as (

    select * from {{ ref('as_of') }}

),

parsed as (

    select
        -- ids
        {{ hash_key([
            text('canonical_vid'), text('vid_to_merge'), parse_instant('timestamp')
        ]) }} as merge_id,
        {{ text('canonical_vid') }} as canonical_contact_id,
        {{ text('vid_to_merge') }} as merged_contact_id,

        -- timestamps
        {{ parse_instant('timestamp') }} as occurred_at,

        -- export
        {{ export_columns('hubspot', 'contact_merge_audit') }},
        {{ first_unreadable([
            ('required', 'canonical_vid', 'canonical_contact_id'),
            ('required', 'vid_to_merge', 'merged_contact_id'),
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
            ('hubspot', 'canonical_contact_id'), ('hubspot', 'merged_contact_id'),
        ],
        happened='occurred_at',
        ids=['merge_id'],
    ) }}

)

-- The linter does not know how many columns a star with replacements has.
select * from hidden  -- noqa: AM04
