with

exported as (

    select * from {{ raw_export('google_ads', 'campaign_daily') }}

),

as_of as (

    select * from {{ ref('as_of') }}

),

parsed as (

    select
        -- ids
        'google_ads' as platform,
        {{ text('campaign_id') }} as platform_campaign_id,

        -- attributes
        {{ text('campaign_name') }} as campaign_name,
        upper({{ text('customer_currency_code') }}) as currency,

        -- amounts
        cast(
            coalesce({{ parse_decimal('metrics_cost_micros', scale=0) }}, 0) * 0.000001
            as decimal(18, 6)
        ) as cost,
        {{ parse_integer('metrics_impressions') }} as impressions,
        {{ parse_integer('metrics_clicks') }} as clicks,
        {{ parse_decimal('metrics_conversions', scale=6) }} as platform_conversions,

        -- timestamps
        {{ parse_date('segments_date') }} as spend_date,

        -- export
        {{ export_columns('google_ads', 'campaign_daily') }},
        {{ first_unreadable([
            ('required', 'campaign_id', 'platform_campaign_id'),
            ('required', 'customer_currency_code', 'currency'),
            ('decimal', 'metrics_cost_micros', 'cost'),
            ('integer', 'metrics_impressions', 'impressions'),
            ('integer', 'metrics_clicks', 'clicks'),
            ('decimal', 'metrics_conversions', 'platform_conversions'),
            ('required', 'segments_date', 'spend_date'),
            ('date', 'segments_date', 'spend_date'),
        ], faults=[
            (is_summary_row('campaign_id', 'segments_date'), 'summary_row', 'campaign_id'),
        ]) }} as _unreadable,
        {{ first_clock_doubt([('_exported_at', '_exported_at')]) }} as _clock_doubt

    from exported

),

visible as (

    {{ visible_rows('parsed') }}

)

select * from visible
