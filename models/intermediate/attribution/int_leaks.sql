with

as_of as (

    select * from {{ ref('as_of') }}

),

version_settings as (

    select * from {{ ref('version_settings') }}

),

working_days as (

    select * from {{ ref('working_days') }}

),

spend_daily as (

    select * from {{ ref('int_spend_daily') }}

),

sessions as (

    select * from {{ ref('int_sessions') }}

),

-- Read by itself: one table expression with two readers would be copied first.
sessions_of_campaigns as (

    select * from {{ ref('int_sessions') }}

    where campaign_id is not null

),

touches as (

    select * from {{ ref('int_touches') }}

),

passes as (

    select * from {{ ref('int_passes') }}

),

pass_milestones as (

    select * from {{ ref('int_pass_milestones') }}

),

first_touches as (

    select * from {{ ref('int_pass_first_touches') }}

),

handovers as (

    select * from {{ ref('int_handovers') }}

),

commitments as (

    select * from {{ ref('int_commitments') }}

),

opportunities as (

    select * from {{ ref('int_opportunity_outcomes') }}

),

pass_opportunities as (

    select * from {{ ref('int_pass_opportunities') }}

),

contact_roles as (

    select * from {{ ref('stg_salesforce__opportunity_contact_roles') }}

),

leads as (

    select * from {{ ref('stg_salesforce__leads') }}

),

identity_keys as (

    select * from {{ ref('int_identity_keys') }}

),

bookings as (

    select * from {{ ref('int_bookings') }}

),

credit_deals as (

    select * from {{ ref('int_credit_deals') }}

),

credit_touches as (

    select * from {{ ref('int_credit_touches') }}

),

campaigns_with_touches as (

    select campaign_id

    from touches

    where campaign_id is not null

    union

    select campaign_id

    from sessions_of_campaigns

),

-- A day of spend is one leak and no more: that no campaign of the CRM names it goes
-- before that it brought nobody.
spend_leaks as (

    select
        case
            when spend_daily.match_method = 'none' then 'spend_without_crm_campaign'
            else 'spend_without_touch'
        end as leak,
        spend_daily.spend_id as item_id,
        spend_daily.campaign_id as example_id,
        spend_daily.cost_eur as amount_eur,
        spend_daily.spend_date as leaked_on

    from spend_daily

    left join campaigns_with_touches
        on spend_daily.campaign_id = campaigns_with_touches.campaign_id

    where
        spend_daily.match_method = 'none'
        or campaigns_with_touches.campaign_id is null

),

session_leaks as (

    select
        'session_of_unknown_campaign' as leak,
        session_id as item_id,
        session_id as example_id,
        cast(null as decimal(18, 2)) as amount_eur,
        {{ local_date('started_at') }} as leaked_on

    from sessions

    where utm_campaign is not null and campaign_id is null

),

touch_leaks as (

    select
        'touch_without_source' as leak,
        touch_id as item_id,
        touch_id as example_id,
        cast(null as decimal(18, 2)) as amount_eur,
        {{ local_date('occurred_at') }} as leaked_on

    from touches

    where
        campaign_id is null
        and coalesce(channel, 'unassigned') = 'unassigned'

),

inquiry_leaks as (

    select
        'inquiry_without_source' as leak,
        pass_milestones.pass_id as item_id,
        pass_milestones.pass_id as example_id,
        cast(null as decimal(18, 2)) as amount_eur,
        {{ local_date('pass_milestones.inquiry_at') }} as leaked_on

    from pass_milestones

    left join first_touches on pass_milestones.pass_id = first_touches.pass_id

    where
        pass_milestones.inquiry_at is not null
        and first_touches.campaign_id is null
        and coalesce(first_touches.channel, 'unassigned') = 'unassigned'

),

passes_with_handover as (

    select distinct pass_id

    from handovers

    where handover_number is not null

),

-- Missed from the closing time of the last working day on which it could be assigned.
-- An attempt that ended sooner, or that sales took on by itself, missed nothing.
mql_leaks as (

    select
        'mql_never_assigned' as leak,
        pass_milestones.pass_id as item_id,
        pass_milestones.pass_id as example_id,
        cast(null as decimal(18, 2)) as amount_eur,
        last_days.calendar_date as leaked_on

    from pass_milestones

    inner join passes on pass_milestones.pass_id = passes.pass_id

    inner join version_settings
        on pass_milestones.mql_at >= version_settings.applies_from
        and pass_milestones.mql_at < version_settings.applies_to

    inner join working_days as first_days
        on {{ local_date('pass_milestones.mql_at') }} = first_days.calendar_date

    inner join working_days as last_days
        on first_days.working_day_number
        + version_settings.missed_handover_working_days
        = last_days.working_day_number
        and last_days.is_working_day

    inner join as_of on last_days.closes_at_utc <= as_of.as_of

    left join passes_with_handover
        on pass_milestones.pass_id = passes_with_handover.pass_id

    where
        passes_with_handover.pass_id is null
        and not pass_milestones.reached_sal
        and (
            passes.closed_at is null
            or passes.closed_at > last_days.closes_at_utc
        )

),

handover_leaks as (

    select
        'handover_expired' as leak,
        handover_id as item_id,
        handover_id as example_id,
        cast(null as decimal(18, 2)) as amount_eur,
        {{ local_date('decided_at') }} as leaked_on

    from handovers

    where decision = 'expired'

),

promise_leaks as (

    select
        'promise_broken' as leak,
        commitment_id as item_id,
        commitment_id as example_id,
        cast(null as decimal(18, 2)) as amount_eur,
        {{ local_date('due_at') }} as leaked_on

    from commitments

    where outcome = 'broken'

),

primary_passes as (

    select
        opportunity_id,
        pass_id

    from pass_opportunities

    where is_primary

),

people_of_opportunities as (

    select contact_roles.opportunity_id

    from contact_roles

    inner join identity_keys
        on 'sf_contact:' || contact_roles.contact_id = identity_keys.identity_key

    where not contact_roles._is_deleted

    union distinct

    select leads.converted_opportunity_id as opportunity_id

    from leads

    inner join identity_keys
        on 'sf_lead:' || leads.lead_id = identity_keys.identity_key

    where leads.converted_opportunity_id is not null

),

-- Their money leaks when they are signed, and is told of then.
opportunity_leaks as (

    select
        case
            when primary_passes.pass_id is null then 'opportunity_without_person'
            else 'opportunity_without_lead'
        end as leak,
        opportunities.opportunity_id as item_id,
        opportunities.opportunity_id as example_id,
        cast(null as decimal(18, 2)) as amount_eur,
        {{ local_date('opportunities.created_at') }} as leaked_on

    from opportunities

    left join primary_passes
        on opportunities.opportunity_id = primary_passes.opportunity_id

    left join people_of_opportunities
        on opportunities.opportunity_id = people_of_opportunities.opportunity_id

    where
        opportunities.outcome <> 'ignored'
        and (
            primary_passes.pass_id is null
            or people_of_opportunities.opportunity_id is null
        )

),

booking_leaks as (

    select
        case
            when opportunities.opportunity_id is null
                then 'booking_without_opportunity'
            else 'booking_without_person'
        end as leak,
        bookings.booking_id as item_id,
        bookings.booking_id as example_id,
        bookings.amount_eur,
        bookings.booked_on as leaked_on

    from bookings

    left join opportunities
        on bookings.opportunity_id = opportunities.opportunity_id

    left join primary_passes
        on bookings.opportunity_id = primary_passes.opportunity_id

    where primary_passes.pass_id is null

),

deals_with_touches as (

    select distinct deal_number

    from credit_touches

),

standing_deals as (

    select opportunity_id

    from bookings

    group by opportunity_id

    having sum(amount_eur) <> 0

),

-- Contracts of deals with people: of one that the CRM calls lost while finance has its
-- money, or of people of whom nothing is known that earns credit.
deal_leaks as (

    select
        case
            when
                opportunities.outcome = 'lost'
                and standing_deals.opportunity_id is not null
                then 'booking_of_lost_opportunity'
            else 'booking_without_touch'
        end as leak,
        bookings.booking_id as item_id,
        bookings.opportunity_id as example_id,
        bookings.amount_eur,
        bookings.booked_on as leaked_on

    from bookings

    inner join opportunities
        on bookings.opportunity_id = opportunities.opportunity_id

    inner join primary_passes
        on bookings.opportunity_id = primary_passes.opportunity_id

    left join standing_deals
        on bookings.opportunity_id = standing_deals.opportunity_id

    left join credit_deals
        on bookings.opportunity_id = credit_deals.opportunity_id
        and credit_deals.credit_basis = 'revenue'

    left join deals_with_touches
        on credit_deals.deal_number = deals_with_touches.deal_number

    where
        (opportunities.outcome = 'lost' and standing_deals.opportunity_id is not null)
        or (
            credit_deals.deal_number is not null
            and deals_with_touches.deal_number is null
        )

),

leaks as (

    select
        leak,
        item_id,
        example_id,
        amount_eur,
        leaked_on

    from spend_leaks

    union all

    select
        leak,
        item_id,
        example_id,
        amount_eur,
        leaked_on

    from session_leaks

    union all

    select
        leak,
        item_id,
        example_id,
        amount_eur,
        leaked_on

    from touch_leaks

    union all

    select
        leak,
        item_id,
        example_id,
        amount_eur,
        leaked_on

    from inquiry_leaks

    union all

    select
        leak,
        item_id,
        example_id,
        amount_eur,
        leaked_on

    from mql_leaks

    union all

    select
        leak,
        item_id,
        example_id,
        amount_eur,
        leaked_on

    from handover_leaks

    union all

    select
        leak,
        item_id,
        example_id,
        amount_eur,
        leaked_on

    from promise_leaks

    union all

    select
        leak,
        item_id,
        example_id,
        amount_eur,
        leaked_on

    from opportunity_leaks

    union all

    select
        leak,
        item_id,
        example_id,
        amount_eur,
        leaked_on

    from booking_leaks

    union all

    select
        leak,
        item_id,
        example_id,
        amount_eur,
        leaked_on

    from deal_leaks

),

final as (

    select
        -- ids
        {{ hash_key(['leak', 'item_id']) }} as leak_id,
        item_id,
        example_id,

        -- attributes
        leak,

        -- amounts
        amount_eur,

        -- dates
        leaked_on

    from leaks

)

select * from final
