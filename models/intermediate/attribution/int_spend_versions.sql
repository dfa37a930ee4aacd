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

ad_campaigns as (

    select * from {{ ref('int_ad_campaigns') }}

),

fx_rates as (

    select * from {{ ref('stg_finance__fx_rates') }}

),

copies as (

    select
        platform,
        platform_campaign_id,
        spend_date,
        currency,
        cost,
        _exported_at,
        _row_hash,
        _source_file,
        _row_number

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
        _row_hash,
        _source_file,
        _row_number

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
        _row_hash,
        _source_file,
        _row_number

    from meta_ads

    where _quarantine_reason is null

),

-- One export can hold a day twice; it says what staging would have taken from it.
copies_in_order as (

    select
        platform,
        platform_campaign_id,
        spend_date,
        currency,
        cost,
        _exported_at as stated_at,
        row_number() over (
            partition by platform, platform_campaign_id, spend_date, _exported_at
            order by
                {{ newest_first() }}
        ) as copy_number

    from copies

),

rates as (

    select
        currency,
        rate_date,
        eur_per_unit

    from fx_rates

    where not _is_deleted

),

-- Compared in whole cents, since less than that changes no total.
statements as (

    select
        copies_in_order.platform,
        copies_in_order.platform_campaign_id,
        copies_in_order.spend_date,
        copies_in_order.currency,
        cast(copies_in_order.cost as decimal(18, 2)) as cost,
        {{ convert_to_eur(
            'copies_in_order.cost',
            'copies_in_order.currency',
            'rates.eur_per_unit',
            'copies_in_order.spend_date'
        ) }} as cost_eur,
        copies_in_order.stated_at

    from copies_in_order

    left join rates
        on copies_in_order.currency = rates.currency
        and copies_in_order.spend_date = rates.rate_date

    where copies_in_order.copy_number = 1

),

statements_in_order as (

    select
        *,
        row_number() over statements_of_the_day as statement_number,
        lag(currency) over statements_of_the_day as earlier_currency,
        lag(cost) over statements_of_the_day as earlier_cost,
        lag(cost_eur) over statements_of_the_day as earlier_cost_eur

    from statements

    window statements_of_the_day as (
        partition by platform, platform_campaign_id, spend_date
        order by stated_at nulls last
    )

),

changes as (

    select
        platform,
        platform_campaign_id,
        spend_date,
        currency,
        cost,
        cost_eur,
        cost_eur - earlier_cost_eur as change_eur,
        stated_at,
        row_number() over changes_of_the_day as version_number,
        lead(stated_at) over changes_of_the_day as superseded_at

    from statements_in_order

    where
        statement_number = 1
        or currency <> earlier_currency
        or cost <> earlier_cost
        or cost_eur <> earlier_cost_eur

    window changes_of_the_day as (
        partition by platform, platform_campaign_id, spend_date
        order by stated_at nulls last
    )

),

final as (

    select
        -- ids
        {{ hash_key([
            'changes.platform',
            'changes.platform_campaign_id',
            'changes.spend_date',
            'changes.version_number',
        ]) }} as spend_version_id,
        {{ hash_key([
            'changes.platform',
            'changes.platform_campaign_id',
            'changes.spend_date',
        ]) }} as spend_id,
        changes.platform,
        changes.platform_campaign_id,
        ad_campaigns.campaign_id,

        -- attributes
        ad_campaigns.match_method,
        changes.version_number,

        -- amounts
        changes.currency,
        changes.cost,
        changes.cost_eur,
        changes.change_eur,

        -- flags
        changes.superseded_at is null as is_current,

        -- dates and timestamps
        changes.spend_date,
        changes.stated_at,
        changes.superseded_at

    from changes

    inner join ad_campaigns
        on changes.platform = ad_campaigns.platform
        and changes.platform_campaign_id = ad_campaigns.platform_campaign_id

)

select * from final
