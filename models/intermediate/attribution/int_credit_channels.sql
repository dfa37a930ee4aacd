with

touches as (

    select * from {{ ref('int_credit_touches') }}

),

attribution_models as (

    select * from {{ ref('attribution_models') }}

),

channel_effects as (

    select * from {{ ref('int_channel_effects') }}

),

channels_of_deals as (

    select
        credit_basis,
        opportunity_id,
        definition_version,
        channel,
        count(*) as touch_count

    from touches

    group by credit_basis, opportunity_id, definition_version, channel

),

weighed_channels as (

    select
        channels_of_deals.credit_basis,
        channels_of_deals.opportunity_id,
        channels_of_deals.channel,
        channels_of_deals.touch_count,
        attribution_models.attribution_model,
        coalesce(cast(channel_effects.channel_weight as double), 0) as weight

    from channels_of_deals

    inner join attribution_models
        on channels_of_deals.definition_version = attribution_models.definition_version

    left join channel_effects
        on channels_of_deals.channel = channel_effects.channel
        and attribution_models.attribution_model = channel_effects.attribution_model

    where attribution_models.position = 'channel'

),

channel_totals as (

    select
        credit_basis,
        opportunity_id,
        attribution_model,
        sum(weight) as weight,
        count(*) as channel_count

    from weighed_channels

    group by credit_basis, opportunity_id, attribution_model

),

-- Of a path whose channels all have no weight, each channel has the same.
final as (

    select
        -- ids
        weighed_channels.opportunity_id,

        -- attributes
        weighed_channels.credit_basis,
        weighed_channels.attribution_model,
        weighed_channels.channel,

        -- amounts
        weighed_channels.touch_count,
        case
            when channel_totals.weight > 0
                then
                    weighed_channels.weight
                    / channel_totals.weight
                    / weighed_channels.touch_count
            else
                cast(1 as double)
                / channel_totals.channel_count
                / weighed_channels.touch_count
        end as touch_share

    from weighed_channels

    inner join channel_totals
        on weighed_channels.credit_basis = channel_totals.credit_basis
        and weighed_channels.opportunity_id = channel_totals.opportunity_id
        and weighed_channels.attribution_model = channel_totals.attribution_model

)

select * from final
