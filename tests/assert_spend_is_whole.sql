-- What the platforms last stated is what the mart holds, to the cent. A row is a day
-- of a platform with another total, or one that either side does not have.
with

google_ads as (

    select * from {{ ref('base_google_ads__campaign_days') }}

),

linkedin_ads as (

    select * from {{ ref('base_linkedin_ads__campaign_days') }}

),

meta_ads as (

    select * from {{ ref('base_meta_ads__campaign_days') }}

),

all_statements as (

    select
        platform,
        platform_campaign_id,
        spend_date,
        currency,
        cost,
        _exported_at,
        _row_hash

    from google_ads

    where _quarantine_reason is null

    union all

    select
        platform,
        platform_campaign_id,
        spend_date,
        currency,
        cost,
        _exported_at,
        _row_hash

    from linkedin_ads

    where _quarantine_reason is null

    union all

    select
        platform,
        platform_campaign_id,
        spend_date,
        currency,
        cost,
        _exported_at,
        _row_hash

    from meta_ads

    where _quarantine_reason is null

),

statements as (

    select
        *,
        row_number() over (
            partition by platform, platform_campaign_id, spend_date
            order by _exported_at desc nulls last, _row_hash desc nulls last
        ) as statement_number

    from all_statements

),

stated as (

    select
        platform,
        spend_date,
        currency,
        sum(cast(cost as decimal(18, 2))) as stated_cost

    from statements

    where statement_number = 1

    group by platform, spend_date, currency

),

spend_daily as (

    select * from {{ ref('fct_spend_daily') }}

),

spent as (

    select
        platform,
        spend_date,
        currency,
        sum(cost) as spent_cost

    from spend_daily

    group by platform, spend_date, currency

),

compared as (

    select
        coalesce(stated.platform, spent.platform) as platform,
        coalesce(stated.spend_date, spent.spend_date) as spend_date,
        coalesce(stated.currency, spent.currency) as currency,
        stated.stated_cost,
        spent.spent_cost

    from stated

    full outer join spent
        on stated.platform = spent.platform
        and stated.spend_date = spent.spend_date
        and stated.currency = spent.currency

)

select * from compared

where stated_cost is distinct from spent_cost
