with

members as (

    select * from {{ ref('stg_salesforce__campaign_members') }}

    where not _is_deleted

),

campaigns as (

    select * from {{ ref('int_campaigns') }}

),

member_statuses as (

    select * from {{ ref('crm_member_statuses') }}

),

identity_keys as (

    select * from {{ ref('int_identity_keys') }}

),

member_versions as (

    select * from {{ ref('base_salesforce__campaign_members') }}

),

as_of as (

    select * from {{ ref('as_of') }}

),

-- A status that is set long after the event is known from then on only; what else is
-- changed later does not make it younger.
first_statements as (

    select
        member_id,
        lower(status) as status,
        min(coalesce(modified_at, created_at)) as stated_at

    from member_versions

    group by member_id, lower(status)

),

-- A date without an hour is taken for the end of its day, when it is surely past.
participations as (

    select
        members.member_id,
        members.campaign_id,
        coalesce(lead_keys.person_id, contact_keys.person_id) as person_id,
        campaigns.event_type,
        member_statuses.event_detail,
        member_statuses.is_touch,
        member_statuses.status_rank,
        case
            when
                member_statuses.event_detail = 'attended'
                and members.first_responded_on is not null
                then {{ end_of_known_day('members.first_responded_on', 'as_of.as_of') }}
            else members.created_at
        end as occurred_at,
        coalesce(first_statements.stated_at, members.created_at) as stated_at

    from members

    inner join campaigns on members.campaign_id = campaigns.campaign_id

    inner join member_statuses
        on lower(members.status) = lower(trim(member_statuses.status))

    left join first_statements
        on members.member_id = first_statements.member_id
        and lower(members.status) = first_statements.status

    left join identity_keys as lead_keys
        on 'sf_lead:' || members.lead_id = lead_keys.identity_key

    left join identity_keys as contact_keys
        on 'sf_contact:' || members.contact_id = contact_keys.identity_key

    cross join as_of

    where
        campaigns.event_type in ('webinar', 'event')
        and member_statuses.event_detail in ('attended', 'registered')

),

-- Who registered online and stands on the list at the door took part once.
participations_in_order as (

    select
        member_id,
        campaign_id,
        person_id,
        event_type,
        event_detail,
        is_touch,
        occurred_at,
        stated_at,
        row_number() over (
            partition by person_id, campaign_id
            order by
                status_rank desc nulls last,
                occurred_at asc nulls last,
                member_id asc
        ) as participation_number

    from participations

    where person_id is not null

),

final as (

    select
        -- ids
        member_id,
        campaign_id,
        person_id,

        -- attributes
        event_type,
        event_detail,

        -- flags
        is_touch,

        -- timestamps
        occurred_at,
        greatest(stated_at, occurred_at) as recorded_at

    from participations_in_order

    where participation_number = 1

)

select * from final
