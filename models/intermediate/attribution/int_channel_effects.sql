with

moves as (

    select * from {{ ref('int_channel_moves') }}

),

channel_sets as (

    select * from {{ ref('int_channel_sets') }}

),

attribution_models as (

    select * from {{ ref('attribution_models') }}

),

settings as (

    select * from {{ ref('report_settings') }}

),

channels_of_sets as (

    select
        {{ explode('channels') }} as channel,
        conversion_count,
        null_count

    from channel_sets

),

counted_channels as (

    select
        channel,
        cast(sum(conversion_count + null_count) as bigint) as path_count

    from channels_of_sets

    group by channel

),

-- A chain over channels that hardly anybody met is guesswork, so they are one state.
channel_states as (

    select
        counted_channels.channel,
        counted_channels.path_count,
        case
            when counted_channels.path_count < settings.path_state_minimum
                then '(pooled)'
            else counted_channels.channel
        end as state

    from counted_channels

    cross join settings

),

moves_of_states as (

    select
        from_states.state as from_channel,
        to_states.state as to_channel,
        moves.conversion_count,
        moves.null_count

    from moves

    left join channel_states as from_states
        on moves.from_channel = from_states.channel

    left join channel_states as to_states on moves.to_channel = to_states.channel

),

removal_effects as (

    {{ markov_removal_effects('moves_of_states') }}

),

shapley_values as (

    {{ shapley_conversions('channel_sets') }}

),

shapley_rates as (

    {{ shapley_conversion_rates('channel_sets') }}

),

removal_shares as (

    select
        channel as state,
        removal_effect,
        removal_effect / nullif(sum(removal_effect) over (), 0) as state_share

    from removal_effects

),

-- The channels of the pool share what it has as Shapley divides their conversions. The
-- chain can give a share to a state whose channels met no conversion; it stays theirs.
markov_effects as (

    select
        channel_states.channel,
        removal_shares.removal_effect as channel_weight,
        removal_shares.state_share * coalesce(
            shapley_values.shapley_conversions
            / nullif(
                sum(shapley_values.shapley_conversions) over (
                    partition by channel_states.state
                ),
                0
            ),
            cast(1 as double) / count(*) over (partition by channel_states.state)
        ) as channel_share,
        cast(null as double) as shapley_rate_value,
        channel_states.state <> channel_states.channel as is_pooled

    from channel_states

    inner join removal_shares on channel_states.state = removal_shares.state

    inner join shapley_values on channel_states.channel = shapley_values.channel

),

shapley_effects as (

    select
        shapley_values.channel,
        cast(1 as double) as channel_weight,
        shapley_values.shapley_conversions
        / nullif(sum(shapley_values.shapley_conversions) over (), 0) as channel_share,
        shapley_rates.shapley_conversion_rate as shapley_rate_value,
        false as is_pooled

    from shapley_values

    left join shapley_rates on shapley_values.channel = shapley_rates.channel

),

-- The one place where a name of the agreement is tied to its formula.
effects as (

    select
        'markov' as attribution_model,
        channel,
        channel_weight,
        channel_share,
        shapley_rate_value,
        is_pooled

    from markov_effects

    union all

    select
        'shapley' as attribution_model,
        channel,
        channel_weight,
        channel_share,
        shapley_rate_value,
        is_pooled

    from shapley_effects

),

models as (

    select distinct attribution_model

    from attribution_models

    where position = 'channel'

),

total_conversions as (

    select sum(conversion_count) as conversion_count

    from channel_sets

),

-- Twelve decimals are more than any reader needs, and fewer than the last one of a
-- computer, which depends on the order of its sums.
final as (

    select
        -- attributes
        effects.attribution_model,
        effects.channel,

        -- amounts
        channel_states.path_count,
        round(effects.channel_weight, 12) as channel_weight,
        round(effects.channel_share, 12) as channel_share,
        round(
            coalesce(effects.channel_share * total_conversions.conversion_count, 0), 12
        ) as conversions,
        round(effects.shapley_rate_value, 12) as shapley_rate_value,

        -- flags
        effects.is_pooled

    from effects

    inner join models on effects.attribution_model = models.attribution_model

    inner join channel_states on effects.channel = channel_states.channel

    cross join total_conversions

)

select * from final
