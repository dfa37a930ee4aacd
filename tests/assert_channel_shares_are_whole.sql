-- A model divides all conversions and no more. A row here is one that does not.
with

channel_effects as (

    select * from {{ ref('int_channel_effects') }}

),

channel_sets as (

    select * from {{ ref('int_channel_sets') }}

),

total_conversions as (

    select sum(conversion_count) as conversion_count

    from channel_sets

),

totals_of_models as (

    select
        attribution_model,
        sum(channel_share) as channel_share,
        sum(conversions) as conversions

    from channel_effects

    group by attribution_model

),

final as (

    select
        totals_of_models.attribution_model,
        totals_of_models.channel_share,
        totals_of_models.conversions,
        total_conversions.conversion_count

    from totals_of_models

    cross join total_conversions

    where
        abs(totals_of_models.channel_share - 1) > 0.000000001
        or abs(totals_of_models.conversions - total_conversions.conversion_count)
        > 0.000001

)

select * from final
