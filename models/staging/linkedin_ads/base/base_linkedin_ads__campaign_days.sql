with

exported as (

    select * from {{ raw_export('linkedin_ads', 'campaign_daily') }}

),

as_of as (

    select * from {{ ref('as_of') }}

),

parsed as (

    select
        -- ids
        'linkedin_ads' as platform,
        {{ text('campaign_id') }} as platform_campaign_id,

        -- attributes
        {{ text('campaign_name') }} as campaign_name,
        upper({{ text('currency') }}) as currency,

        -- amounts
        coalesce({{ parse_decimal('total_spent', scale=6) }}, 0) as cost,
        {{ parse_integer('impressions') }} as impressions,
        {{ parse_integer('clicks') }} as clicks,
        {{ parse_decimal('conversions', scale=6) }} as platform_conversions,

        -- timestamps
        {{ parse_date('start_date') }} as spend_date,

        -- export
        {{ export_columns('linkedin_ads', 'campaign_daily') }},
        {{ first_unreadable([
            ('required', 'campaign_id', 'platform_campaign_id'),
            ('required', 'currency', 'currency'),
            ('decimal', 'total_spent', 'cost'),
            ('integer', 'impressions', 'impressions'),
            ('integer', 'clicks', 'clicks'),
            ('decimal', 'conversions', 'platform_conversions'),
            ('required', 'start_date', 'spend_date'),
            ('date', 'start_date', 'spend_date'),
        ], faults=[
            (is_summary_row('campaign_id', 'start_date'), 'summary_row', 'campaign_id'),
        ]) }} as _unreadable,
        {{ first_clock_doubt([('_exported_at', '_exported_at')]) }} as _clock_doubt

    from exported

),

visible as (

    {{ visible_rows('parsed') }}

)

select * from visible
