with

touches as (

    select * from {{ ref('int_credit_touches') }}

),

attribution_models as (

    select * from {{ ref('attribution_models') }}

),

-- A model that looks at the close alone looks at the last touch until there is one.
models as (

    select
        definition_version,
        attribution_model,
        count(
            case when position not in ('closed', 'closed_non_direct') then 1 end
        ) = 0 as is_of_the_close,
        count(
            case when position not in ('middle', 'every') then 1 end
        ) as milestone_count

    from attribution_models

    where position <> 'channel'

    group by definition_version, attribution_model

),

positions as (

    select
        attribution_models.definition_version,
        attribution_models.attribution_model,
        attribution_models.position,
        attribution_models.weight,
        cast(attribution_models.half_life_days as double) as half_life_days,
        models.is_of_the_close,
        models.milestone_count

    from attribution_models

    inner join models
        on attribution_models.definition_version = models.definition_version
        and attribution_models.attribution_model = models.attribution_model

    where attribution_models.position <> 'channel'

),

-- What a touch gets depends on where it stands and on nothing else, age apart, and many
-- touches stand alike. So each place is weighed once and not each touch.
places as (

    select distinct
        definition_version,
        is_closed_deal,
        touch_count,
        lead_creation_number,
        opportunity_creation_number,
        last_non_direct_number,
        touch_number

    from touches

),

weighed_places as (

    select
        places.definition_version,
        places.is_closed_deal,
        places.touch_count,
        places.lead_creation_number,
        places.opportunity_creation_number,
        places.last_non_direct_number,
        places.touch_number,
        positions.attribution_model,
        positions.milestone_count,
        max(positions.half_life_days) as half_life_days,
        sum(
            case
                when
                    positions.position = 'first' and places.touch_number = 1
                    then positions.weight
                when
                    positions.position = 'lead_creation'
                    and places.touch_number = places.lead_creation_number
                    then positions.weight
                when
                    positions.position = 'opportunity_creation'
                    and places.touch_number = places.opportunity_creation_number
                    then positions.weight
                when
                    positions.position = 'closed'
                    and (places.is_closed_deal or positions.is_of_the_close)
                    and places.touch_number = places.touch_count
                    then positions.weight
                when
                    positions.position = 'closed_non_direct'
                    and (places.is_closed_deal or positions.is_of_the_close)
                    and places.touch_number = places.last_non_direct_number
                    then positions.weight
                else 0
            end
        ) as milestone_weight,
        sum(case when positions.position = 'middle' then positions.weight else 0 end)
            as middle_weight,
        sum(case when positions.position = 'every' then positions.weight else 0 end)
            as every_weight

    from places

    inner join positions
        on places.definition_version = positions.definition_version

    group by
        places.definition_version,
        places.is_closed_deal,
        places.touch_count,
        places.lead_creation_number,
        places.opportunity_creation_number,
        places.last_non_direct_number,
        places.touch_number,
        positions.attribution_model,
        positions.milestone_count

),

-- The milestones that exist, and the touches between them. Weights stay decimals up to
-- here, so that their sums are the same in whatever order.
weighed_paths as (

    select
        definition_version,
        is_closed_deal,
        touch_count,
        lead_creation_number,
        opportunity_creation_number,
        last_non_direct_number,
        touch_number,
        attribution_model,
        milestone_count,
        half_life_days,
        milestone_weight,
        middle_weight,
        every_weight,
        sum(milestone_weight) over path as present_weight,
        count(case when milestone_weight = 0 then 1 end) over path as middle_count

    from weighed_places

    window path as (
        partition by
            definition_version,
            is_closed_deal,
            touch_count,
            lead_creation_number,
            opportunity_creation_number,
            last_non_direct_number,
            attribution_model
    )

),

totalled_paths as (

    select
        definition_version,
        is_closed_deal,
        touch_count,
        lead_creation_number,
        opportunity_creation_number,
        last_non_direct_number,
        touch_number,
        attribution_model,
        milestone_count,
        half_life_days,
        milestone_weight,
        every_weight,
        case
            when milestone_weight = 0
                then cast(middle_weight as double) / nullif(middle_count, 0)
            else 0
        end as middle_weight,
        present_weight
        + case when middle_count > 0 then middle_weight else 0 end
        + every_weight as total_weight

    from weighed_paths

),

-- What fades is divided further on, by the age of each touch.
final as (

    select
        -- attributes
        definition_version,
        attribution_model,

        -- amounts
        touch_count,
        lead_creation_number,
        opportunity_creation_number,
        last_non_direct_number,
        touch_number,
        half_life_days,
        case
            when touch_count = 2 and milestone_count > 1 then 0.5
            when total_weight = 0 then cast(1 as double) / touch_count
            else
                (
                    cast(milestone_weight as double)
                    + middle_weight
                    + case
                        when half_life_days is null
                            then cast(every_weight as double) / touch_count
                        else 0
                    end
                ) / cast(total_weight as double)
        end as lasting_share,
        case
            when half_life_days is null or total_weight = 0 then 0
            when touch_count = 2 and milestone_count > 1 then 0
            else cast(every_weight as double) / cast(total_weight as double)
        end as fading_share,

        -- flags
        is_closed_deal

    from totalled_paths

)

select * from final
