with

opportunities as (

    select * from {{ ref('int_opportunity_outcomes') }}

),

contact_roles as (

    select * from {{ ref('stg_salesforce__opportunity_contact_roles') }}

),

leads as (

    select * from {{ ref('stg_salesforce__leads') }}

),

contacts as (

    select * from {{ ref('stg_salesforce__contacts') }}

),

account_masters as (

    select * from {{ ref('int_account_masters') }}

),

identity_keys as (

    select * from {{ ref('int_identity_keys') }}

),

people as (

    select * from {{ ref('int_people') }}

),

lead_events as (

    select * from {{ ref('int_lead_events') }}

),

people_in_roles as (

    select
        contact_roles.opportunity_id,
        identity_keys.person_id,
        min(
            case when contact_roles.is_primary then contact_roles.role_id end
        ) as primary_role_id

    from contact_roles

    inner join identity_keys
        on 'sf_contact:' || contact_roles.contact_id = identity_keys.identity_key

    where not contact_roles._is_deleted

    group by contact_roles.opportunity_id, identity_keys.person_id

),

converted_people as (

    select distinct
        leads.converted_opportunity_id as opportunity_id,
        identity_keys.person_id

    from leads

    inner join identity_keys
        on 'sf_lead:' || leads.lead_id = identity_keys.identity_key

    where leads.converted_opportunity_id is not null

),

-- The accounts of deals are those that are left after merges, so these have to be too.
people_of_accounts as (

    select distinct
        coalesce(account_masters.master_account_id, contacts.account_id) as account_id,
        people.person_id,
        people.known_at

    from contacts

    left join account_masters on contacts.account_id = account_masters.account_id

    inner join identity_keys
        on 'sf_contact:' || contacts.contact_id = identity_keys.identity_key

    inner join people on identity_keys.person_id = people.person_id

    where contacts.account_id is not null

),

-- Who becomes known in the second of the deal was known before it.
account_people as (

    select
        opportunities.opportunity_id,
        people_of_accounts.person_id

    from opportunities

    inner join people_of_accounts
        on opportunities.account_id = people_of_accounts.account_id
        and opportunities.created_at >= people_of_accounts.known_at

),

-- Nearer evidence hides farther: roles, then conversions, then the account.
candidates as (

    select
        opportunity_id,
        person_id

    from people_in_roles

    union all

    select
        converted_people.opportunity_id,
        converted_people.person_id

    from converted_people

    left join people_in_roles
        on converted_people.opportunity_id = people_in_roles.opportunity_id

    where people_in_roles.opportunity_id is null

    union all

    select
        account_people.opportunity_id,
        account_people.person_id

    from account_people

    left join people_in_roles
        on account_people.opportunity_id = people_in_roles.opportunity_id

    left join converted_people
        on account_people.opportunity_id = converted_people.opportunity_id

    where
        people_in_roles.opportunity_id is null
        and converted_people.opportunity_id is null

),

latest_assignments as (

    select
        candidates.opportunity_id,
        candidates.person_id,
        max(lead_events.occurred_at) as assigned_at

    from candidates

    inner join opportunities
        on candidates.opportunity_id = opportunities.opportunity_id

    inner join lead_events
        on candidates.person_id = lead_events.person_id
        and opportunities.created_at > lead_events.occurred_at

    where lead_events.event = 'assigned'

    group by candidates.opportunity_id, candidates.person_id

),

ranked as (

    select
        candidates.opportunity_id,
        candidates.person_id,
        row_number() over (
            partition by candidates.opportunity_id
            order by
                people_in_roles.primary_role_id asc nulls last,
                case when converted_people.person_id is null then 1 else 0 end asc,
                latest_assignments.assigned_at desc nulls last,
                candidates.person_id asc
        ) as candidate_number

    from candidates

    left join people_in_roles
        on candidates.opportunity_id = people_in_roles.opportunity_id
        and candidates.person_id = people_in_roles.person_id

    left join converted_people
        on candidates.opportunity_id = converted_people.opportunity_id
        and candidates.person_id = converted_people.person_id

    left join latest_assignments
        on candidates.opportunity_id = latest_assignments.opportunity_id
        and candidates.person_id = latest_assignments.person_id

),

final as (

    select
        opportunity_id,
        person_id,
        case when candidate_number = 1 then 'primary' else 'supporting' end as role

    from ranked

)

select * from final
