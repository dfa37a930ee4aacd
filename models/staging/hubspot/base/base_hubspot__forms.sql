with

exported as (

    select * from {{ raw_export('hubspot', 'forms') }}

),

as_of as (

    select * from {{ ref('as_of') }}

),

parsed as (

    select
        -- ids
        {{ text('form_id') }} as form_id,

        -- attributes
        {{ text('name') }} as form_name,
        {{ text('form_type') }} as form_type,

        -- export
        {{ export_columns('hubspot', 'forms') }},
        {{ first_unreadable([
            ('required', 'form_id', 'form_id'),
        ]) }} as _unreadable,
        {{ first_clock_doubt([('_exported_at', '_exported_at')]) }} as _clock_doubt

    from exported

),

visible as (

    {{ visible_rows('parsed') }}

)

select * from visible
