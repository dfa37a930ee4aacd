with

touch_credits as (

    select * from {{ ref('fct_touch_credits') }}

),

channel_effects as (

    select * from {{ ref('int_channel_effects') }}

),

spend_daily as (

    select * from {{ ref('fct_spend_daily') }}

),

settings as (

    select * from {{ ref('report_settings') }}

),

credits_by_channel as (

    select
        attribution_model,
        channel,
        count(distinct case when credit_share > 0 then opportunity_id end)
            as opportunity_count,
        sum(credit_share) as credited_opportunities,
        sum(credit_eur) as credit_eur

    from touch_credits

    group by attribution_model, channel

),

models as (

    select
        attribution_model,
        sum(credit_eur) as credit_eur

    from credits_by_channel

    group by attribution_model

),

spend_by_channel as (

    select
        channel,
        sum(cost_eur) as spend_eur

    from spend_daily

    where channel is not null

    group by channel

),

-- What was paid for and earned nothing is a channel too.
channels as (

    select channel

    from credits_by_channel

    union

    select channel

    from spend_by_channel

),

-- A model that gives a channel nothing says so: that is what it differs in.
compared_channels as (

    select
        models.attribution_model,
        channels.channel,
        coalesce(credits_by_channel.opportunity_count, 0) as opportunity_count,
        coalesce(credits_by_channel.credited_opportunities, 0)
            as credited_opportunities,
        coalesce(credits_by_channel.credit_eur, 0) as credit_eur,
        cast(
            cast(coalesce(credits_by_channel.credit_eur, 0) as double)
            / nullif(models.credit_eur, 0) as decimal(18, 6)
        ) as credit_share

    from models

    cross join channels

    left join credits_by_channel
        on models.attribution_model = credits_by_channel.attribution_model
        and channels.channel = credits_by_channel.channel

),

with_range as (

    select
        attribution_model,
        channel,
        opportunity_count,
        credited_opportunities,
        credit_eur,
        credit_share,
        min(credit_share) over (partition by channel) as lowest_share,
        max(credit_share) over (partition by channel) as highest_share

    from compared_channels

),

final as (

    select
        -- attributes
        with_range.attribution_model,
        with_range.channel,

        -- amounts
        cast(with_range.opportunity_count as bigint) as opportunity_count,
        cast(with_range.credited_opportunities as decimal(18, 6))
            as credited_opportunities,
        cast(with_range.credit_eur as decimal(18, 2)) as credit_eur,
        with_range.credit_share,
        cast(channel_effects.channel_share as decimal(18, 6)) as channel_share,
        cast(channel_effects.shapley_rate_value as decimal(18, 6))
            as shapley_rate_value,
        with_range.lowest_share,
        with_range.highest_share,
        cast(
            with_range.highest_share - with_range.lowest_share as decimal(18, 6)
        ) as disagreement,
        cast(spend_by_channel.spend_eur as decimal(18, 2)) as spend_eur,

        -- flags
        with_range.highest_share - with_range.lowest_share
        <= settings.model_disagreement_limit as is_conclusive

    from with_range

    cross join settings

    left join channel_effects
        on with_range.attribution_model = channel_effects.attribution_model
        and with_range.channel = channel_effects.channel

    left join spend_by_channel on with_range.channel = spend_by_channel.channel

)

select * from final
