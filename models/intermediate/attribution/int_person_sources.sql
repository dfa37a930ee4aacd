with

people as (

    select * from {{ ref('int_people') }}

),

identity_keys as (

    select * from {{ ref('int_identity_keys') }}

),

touches as (

    select * from {{ ref('int_touches') }}

),

leads as (

    select * from {{ ref('stg_salesforce__leads') }}

),

users as (

    select * from {{ ref('int_users') }}

),

-- Within a second what the person did comes before what we did, and an id, which says
-- nothing, decides last.
touches_in_order as (

    select
        people.person_id,
        touches.touch_id,
        touches.touch_team,
        row_number() over (
            partition by people.person_id
            order by
                case when touches.is_eligible_for_credit then 0 else 1 end asc,
                touches.touch_type asc nulls last,
                touches.channel asc nulls last,
                touches.touch_team asc nulls last,
                touches.touch_id asc
        ) as touch_number

    from people

    inner join touches
        on people.person_id = touches.person_id
        and people.known_at = touches.occurred_at

),

identifying_touches as (

    select
        person_id,
        touch_id,
        touch_team

    from touches_in_order

    where touch_number = 1

),

-- The lead that made the person known. Its address was seen at the same instant, and
-- which of the two keys comes first says nothing.
leads_in_order as (

    select
        people.person_id,
        leads.created_by_id,
        row_number() over (
            partition by people.person_id
            order by leads.lead_id
        ) as lead_number

    from people

    inner join identity_keys
        on people.person_id = identity_keys.person_id
        and people.known_at = identity_keys.first_seen_at

    inner join leads on identity_keys.identity_key = 'sf_lead:' || leads.lead_id

),

lead_creators as (

    select
        leads_in_order.person_id,
        users.team

    from leads_in_order

    inner join users on leads_in_order.created_by_id = users.user_id

    where leads_in_order.lead_number = 1

),

-- The team whose action made the person known; it never changes afterwards. Nobody's
-- action is a list or an import, which are marketing's.
final as (

    select
        -- ids
        people.person_id,
        identifying_touches.touch_id as identifying_touch_id,

        -- attributes
        coalesce(
            identifying_touches.touch_team, lead_creators.team, 'marketing'
        ) as sourced_by

    from people

    left join identifying_touches
        on people.person_id = identifying_touches.person_id

    left join lead_creators on people.person_id = lead_creators.person_id

)

select * from final
