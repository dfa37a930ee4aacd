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

channel_rules as (

    select * from {{ ref('channel_rules') }}

),

-- Direct is what the mapping calls a visit that says nothing of where it came from.
rules_for_nothing as (

    select
        channel,
        row_number() over (
            order by priority nulls last, channel
        ) as rule_number

    from channel_rules

    where
        '(none)' like lower(trim(source_pattern))
        and '(none)' like lower(trim(medium_pattern))
        and '(none)' like lower(trim(referrer_pattern))
        and coalesce(trim(click_id), '') = ''

),

direct_channels as (

    select channel

    from rules_for_nothing

    where rule_number = 1

),

people_of_deals as (

    select
        deals.deal_number,
        opportunity_people.person_id,
        deals.lead_created_at,
        deals.opportunity_created_at,
        deals.cut_off_at,
        deals.counts_from,
        deals.recorded_until

    from deals

    inner join opportunity_people
        on deals.opportunity_id = opportunity_people.opportunity_id

),

-- The instants of the deal become answers here and its ids stay behind, so that the
-- windows carry little.
eligible_touches as (

    select
        people_of_deals.deal_number,
        touches.touch_id,
        touches.channel,
        touches.occurred_at,
        direct_channels.channel is null as is_non_direct,
        case
            when touches.occurred_at <= people_of_deals.lead_created_at then 1
        end as before_lead_creation,
        case
            when touches.occurred_at <= people_of_deals.opportunity_created_at then 1
        end as before_opportunity_creation

    from people_of_deals

    inner join touches
        on people_of_deals.person_id = touches.person_id
        and people_of_deals.cut_off_at >= touches.occurred_at
        and people_of_deals.counts_from <= touches.occurred_at
        and people_of_deals.recorded_until >= touches.recorded_at

    left join direct_channels on touches.channel = direct_channels.channel

    where touches.is_eligible_for_credit

),

numbered as (

    select
        deal_number,
        touch_id,
        channel,
        occurred_at,
        is_non_direct,
        before_lead_creation,
        before_opportunity_creation,
        cast(
            row_number() over (
                partition by deal_number
                order by occurred_at nulls last, touch_id
            ) as integer
        ) as touch_number

    from eligible_touches

),

-- The touches up to a milestone are the first so many, so how many they are is the
-- number of the one nearest to it. Counting once a deal and joining costs less than a
-- second window.
counted as (

    select
        deal_number,
        max(occurred_at) as last_occurred_at,
        cast(count(*) as integer) as touch_count,
        cast(count(before_lead_creation) as integer) as lead_creation_number,
        cast(count(before_opportunity_creation) as integer)
            as opportunity_creation_number,
        coalesce(
            max(case when is_non_direct then touch_number end), max(touch_number)
        ) as last_non_direct_number

    from numbered

    group by deal_number

),

final as (

    select
        -- ids
        deals.opportunity_id,
        numbered.touch_id,

        -- attributes
        deals.credit_basis,
        deals.definition_version,
        numbered.channel,

        -- amounts
        numbered.touch_number,
        counted.touch_count,
        counted.lead_creation_number,
        counted.opportunity_creation_number,
        counted.last_non_direct_number,
        {{ seconds_between('numbered.occurred_at', 'counted.last_occurred_at') }}
            as seconds_before_last,

        -- flags
        deals.closed_at is not null as is_closed_deal,
        numbered.touch_number = 1 as is_first,
        numbered.touch_number = counted.touch_count as is_last,
        numbered.touch_number = counted.last_non_direct_number as is_last_non_direct,
        numbered.touch_number = counted.lead_creation_number as is_lead_creation,
        numbered.touch_number = counted.opportunity_creation_number
            as is_opportunity_creation,
        deals.closed_at is not null and numbered.touch_number = counted.touch_count
            as is_closed,

        -- timestamps
        numbered.occurred_at

    from numbered

    inner join counted on numbered.deal_number = counted.deal_number

    inner join deals on numbered.deal_number = deals.deal_number

)

select * from final
