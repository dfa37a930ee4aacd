with

touches as (

    select * from {{ ref('int_credit_touches') }}

),

places as (

    select * from {{ ref('int_credit_places') }}

),

channels as (

    select * from {{ ref('int_credit_channels') }}

),

deals as (

    select * from {{ ref('int_credit_deals') }}

),

attribution_models as (

    select * from {{ ref('attribution_models') }}

),

lasting_shares as (

    select
        touches.deal_number,
        touches.touch_number,
        places.attribution_model,
        places.lasting_share as share

    from touches

    inner join places
        on touches.definition_version = places.definition_version
        and touches.is_closed_deal = places.is_closed_deal
        and touches.touch_count = places.touch_count
        and touches.lead_creation_number = places.lead_creation_number
        and touches.opportunity_creation_number
        = places.opportunity_creation_number
        and touches.last_non_direct_number = places.last_non_direct_number
        and touches.touch_number = places.touch_number

    where places.lasting_share > 0

),

-- Only differences of age count, so ages are taken from the last touch: that one never
-- fades to nothing, however short the half-life.
faded_touches as (

    select
        touches.deal_number,
        touches.touch_number,
        places.attribution_model,
        places.fading_share,
        power(
            cast(2 as double),
            -touches.seconds_before_last / (86400 * places.half_life_days)
        ) as weight

    from touches

    inner join places
        on touches.definition_version = places.definition_version
        and touches.is_closed_deal = places.is_closed_deal
        and touches.touch_count = places.touch_count
        and touches.lead_creation_number = places.lead_creation_number
        and touches.opportunity_creation_number
        = places.opportunity_creation_number
        and touches.last_non_direct_number = places.last_non_direct_number
        and touches.touch_number = places.touch_number

    where places.fading_share > 0

),

faded_totals as (

    select
        deal_number,
        attribution_model,
        sum(weight) as weight

    from faded_touches

    group by deal_number, attribution_model

),

fading_shares as (

    select
        faded_touches.deal_number,
        faded_touches.touch_number,
        faded_touches.attribution_model,
        faded_touches.fading_share * faded_touches.weight / faded_totals.weight
            as share

    from faded_touches

    inner join faded_totals
        on faded_touches.deal_number = faded_totals.deal_number
        and faded_touches.attribution_model = faded_totals.attribution_model

),

channel_shares as (

    select
        touches.deal_number,
        touches.touch_number,
        channels.attribution_model,
        channels.touch_share as share

    from touches

    inner join channels
        on touches.deal_number = channels.deal_number
        and touches.channel_bit = channels.channel_bit

    where channels.touch_share > 0

),

models as (

    select distinct
        definition_version,
        attribution_model

    from attribution_models

),

-- A deal that nothing of ours touched is nobody's, under every model.
untouched_shares as (

    select
        deals.deal_number,
        cast(null as integer) as touch_number,
        models.attribution_model,
        cast(1 as double) as share

    from deals

    inner join models on deals.definition_version = models.definition_version

    left join touches
        on deals.deal_number = touches.deal_number and touches.touch_number = 1

    where touches.deal_number is null

),

united as (

    select
        deal_number,
        touch_number,
        attribution_model,
        share

    from lasting_shares

    union all

    select
        deal_number,
        touch_number,
        attribution_model,
        share

    from fading_shares

    union all

    select
        deal_number,
        touch_number,
        attribution_model,
        share

    from channel_shares

    union all

    select
        deal_number,
        touch_number,
        attribution_model,
        share

    from untouched_shares

),

-- The texts of deals and touches are joined when shares have become credits: there are
-- as many shares as models times touches.
final as (

    select
        -- ids
        deal_number,
        touch_number,

        -- attributes
        attribution_model,

        -- amounts
        share

    from united

)

select * from final
