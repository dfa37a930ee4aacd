with

exported as (

    select * from {{ raw_export('meta_ads', 'campaign_daily') }}

),

as_of as (

    select * from {{ ref('as_of') }}

),

parsed as (

    select
        -- ids
        'meta_ads' as platform,
        {{ text('campaign_id') }} as platform_campaign_id,

        -- attributes
        {{ text('campaign_name') }} as campaign_name,
        upper({{ text('account_currency') }}) as currency,

        -- amounts
        coalesce({{ parse_decimal('amount_spent', scale=6) }}, 0) as cost,
        {{ parse_integer('impressions') }} as impressions,
        {{ parse_integer('link_clicks') }} as clicks,
        {{ parse_decimal('results', scale=6) }} as platform_conversions,

        -- timestamps
        {{ parse_date('reporting_starts') }} as spend_date,

        -- export
        {{ export_columns('meta_ads', 'campaign_daily') }},
        {{ first_unreadable([
            ('required', 'campaign_id', 'platform_campaign_id'),
            ('required', 'account_currency', 'currency'),
            ('decimal', 'amount_spent', 'cost'),
            ('integer', 'impressions', 'impressions'),
            ('integer', 'link_clicks', 'clicks'),
            ('decimal', 'results', 'platform_conversions'),
            ('required', 'reporting_starts', 'spend_date'),
            ('date', 'reporting_starts', 'spend_date'),
        ], faults=[
            (is_summary_row('campaign_id', 'reporting_starts'), 'summary_row', 'campaign_id'),
            ('reporting_starts <> reporting_ends', 'period_not_a_day', 'reporting_ends'),
        ]) }} as _unreadable,
        {{ first_clock_doubt([('_exported_at', '_exported_at')]) }} as _clock_doubt

    from exported

),

visible as (

    {{ visible_rows('parsed') }}

)

select * from visible
