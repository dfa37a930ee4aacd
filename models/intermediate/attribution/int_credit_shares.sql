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
        touches.credit_basis,
        touches.opportunity_id,
        touches.definition_version,
        touches.touch_id,
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
        touches.credit_basis,
        touches.opportunity_id,
        touches.definition_version,
        touches.touch_id,
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
        credit_basis,
        opportunity_id,
        attribution_model,
        sum(weight) as weight

    from faded_touches

    group by credit_basis, opportunity_id, attribution_model

),

fading_shares as (

    select
        faded_touches.credit_basis,
        faded_touches.opportunity_id,
        faded_touches.definition_version,
        faded_touches.touch_id,
        faded_touches.touch_number,
        faded_touches.attribution_model,
        faded_touches.fading_share * faded_touches.weight / faded_totals.weight
            as share

    from faded_touches

    inner join faded_totals
        on faded_touches.credit_basis = faded_totals.credit_basis
        and faded_touches.opportunity_id = faded_totals.opportunity_id
        and faded_touches.attribution_model = faded_totals.attribution_model

),

channel_shares as (

    select
        touches.credit_basis,
        touches.opportunity_id,
        touches.definition_version,
        touches.touch_id,
        touches.touch_number,
        channels.attribution_model,
        channels.touch_share as share

    from touches

    inner join channels
        on touches.credit_basis = channels.credit_basis
        and touches.opportunity_id = channels.opportunity_id
        and touches.channel = channels.channel

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
        deals.credit_basis,
        deals.opportunity_id,
        deals.definition_version,
        cast(null as varchar) as touch_id,
        cast(null as integer) as touch_number,
        models.attribution_model,
        cast(1 as double) as share

    from deals

    inner join models on deals.definition_version = models.definition_version

    left join touches
        on deals.credit_basis = touches.credit_basis
        and deals.opportunity_id = touches.opportunity_id
        and touches.touch_number = 1

    where touches.touch_id is null

),

united as (

    select
        credit_basis,
        opportunity_id,
        definition_version,
        attribution_model,
        touch_id,
        touch_number,
        share

    from lasting_shares

    union all

    select
        credit_basis,
        opportunity_id,
        definition_version,
        attribution_model,
        touch_id,
        touch_number,
        share

    from fading_shares

    union all

    select
        credit_basis,
        opportunity_id,
        definition_version,
        attribution_model,
        touch_id,
        touch_number,
        share

    from channel_shares

    union all

    select
        credit_basis,
        opportunity_id,
        definition_version,
        attribution_model,
        touch_id,
        touch_number,
        share

    from untouched_shares

),

final as (

    select
        -- ids
        opportunity_id,
        touch_id,

        -- attributes
        credit_basis,
        definition_version,
        attribution_model,

        -- amounts
        touch_number,
        share

    from united

)

select * from final
