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

channel_bits as (

    select * from {{ ref('int_channel_bits') }}

),

channels_of_deals as (

    select
        deal_number,
        definition_version,
        channel_bit,
        count(*) as touch_count

    from touches

    group by deal_number, definition_version, channel_bit

),

weighed_channels as (

    select
        channels_of_deals.deal_number,
        channels_of_deals.channel_bit,
        channels_of_deals.touch_count,
        attribution_models.attribution_model,
        coalesce(cast(channel_effects.channel_weight as double), 0) as weight

    from channels_of_deals

    inner join attribution_models
        on channels_of_deals.definition_version = attribution_models.definition_version

    inner join channel_bits on channels_of_deals.channel_bit = channel_bits.channel_bit

    left join channel_effects
        on channel_bits.channel = channel_effects.channel
        and attribution_models.attribution_model = channel_effects.attribution_model

    where attribution_models.position = 'channel'

),

channel_totals as (

    select
        deal_number,
        attribution_model,
        sum(weight) as weight,
        count(*) as channel_count

    from weighed_channels

    group by deal_number, attribution_model

),

-- Of a path whose channels all have no weight, each channel has the same.
final as (

    select
        -- ids
        weighed_channels.deal_number,

        -- attributes
        weighed_channels.attribution_model,
        weighed_channels.channel_bit,

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
        on weighed_channels.deal_number = channel_totals.deal_number
        and weighed_channels.attribution_model = channel_totals.attribution_model

)

select * from final
