with

deals as (

    select * from {{ ref('int_credit_deals') }}

),

opportunity_people as (

    select * from {{ ref('int_opportunity_people') }}

),

touches as (

    select * from {{ ref('int_touches') }}

),

channel_bits as (

    select * from {{ ref('int_channel_bits') }}

),

people_of_deals as (

    select
        deals.deal_number,
        deals.definition_version,
        opportunity_people.person_id,
        deals.is_won,
        deals.lead_created_at,
        deals.opportunity_created_at,
        deals.closed_at,
        deals.cut_off_at,
        deals.counts_from,
        deals.recorded_until

    from deals

    inner join opportunity_people
        on deals.opportunity_id = opportunity_people.opportunity_id

),

-- The instants of the deal become answers here and its texts stay behind, so that the
-- window carries little.
eligible_touches as (

    select
        people_of_deals.deal_number,
        people_of_deals.definition_version,
        touches.touch_id,
        channel_bits.channel_bit,
        channel_bits.is_direct,
        people_of_deals.is_won,
        people_of_deals.closed_at is not null as is_closed_deal,
        case
            when touches.occurred_at <= people_of_deals.lead_created_at then 1
        end as before_lead_creation,
        case
            when touches.occurred_at <= people_of_deals.opportunity_created_at then 1
        end as before_opportunity_creation,
        touches.occurred_at

    from people_of_deals

    inner join touches
        on people_of_deals.person_id = touches.person_id
        and people_of_deals.cut_off_at >= touches.occurred_at
        and people_of_deals.counts_from <= touches.occurred_at
        and people_of_deals.recorded_until >= touches.recorded_at

    inner join channel_bits on touches.channel = channel_bits.channel

    where touches.is_eligible_for_credit

),

numbered as (

    select
        deal_number,
        definition_version,
        touch_id,
        channel_bit,
        is_direct,
        is_won,
        is_closed_deal,
        before_lead_creation,
        before_opportunity_creation,
        occurred_at,
        cast(row_number() over touches_of_deal as integer) as touch_number,
        lag(channel_bit) over touches_of_deal as previous_channel_bit

    from eligible_touches

    window touches_of_deal as (
        partition by deal_number
        order by occurred_at nulls last, touch_id
    )

),

-- The touches up to a milestone are the first so many, so how many they are is the
-- number of the one nearest to it. Counting once a deal and joining costs less than a
-- second window.
counted as (

    select
        deal_number,
        cast(count(*) as integer) as touch_count,
        cast(count(before_lead_creation) as integer) as lead_creation_number,
        cast(count(before_opportunity_creation) as integer)
            as opportunity_creation_number,
        coalesce(
            max(case when not is_direct then touch_number end), max(touch_number)
        ) as last_non_direct_number,
        bit_or(channel_bit) as channel_bits,
        max(occurred_at) as last_occurred_at

    from numbered

    group by deal_number

),

final as (

    select
        -- ids
        numbered.deal_number,
        numbered.touch_id,

        -- attributes
        numbered.definition_version,
        numbered.channel_bit,
        numbered.previous_channel_bit,
        counted.channel_bits,

        -- amounts
        numbered.touch_number,
        counted.touch_count,
        counted.lead_creation_number,
        counted.opportunity_creation_number,
        counted.last_non_direct_number,
        {{ seconds_between('numbered.occurred_at', 'counted.last_occurred_at') }}
            as seconds_before_last,

        -- flags
        numbered.is_closed_deal,
        numbered.is_won

    from numbered

    inner join counted on numbered.deal_number = counted.deal_number

)

select * from final
