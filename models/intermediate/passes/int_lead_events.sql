with

leads as (

    select * from {{ ref('stg_salesforce__leads') }}

),

lead_changes as (

    select * from {{ ref('stg_salesforce__lead_changes') }}

),

identity_keys as (

    select * from {{ ref('int_identity_keys') }}

),

users as (

    select * from {{ ref('int_users') }}

),

status_events as (

    select * from {{ ref('crm_lead_status_events') }}

),

-- Salesforce writes a change of owner twice: once with names, once with ids. An owner
-- whom the CRM shows no user of is none of ours, but whoever gave them the lead had it.
owner_changes as (

    select
        lead_changes.change_id,
        lead_changes.lead_id,
        'owner' as field,
        substr(lead_changes.old_value, 1, 15) as old_value,
        substr(lead_changes.new_value, 1, 15) as new_value,
        lead_changes.occurred_at,
        lead_changes.created_by_id

    from lead_changes

    left join users as previous_owners
        on substr(lead_changes.old_value, 1, 15) = previous_owners.user_id

    left join users as new_owners
        on substr(lead_changes.new_value, 1, 15) = new_owners.user_id

    where
        lower(lead_changes.field) = 'owner'
        and coalesce(previous_owners.user_id, new_owners.user_id) is not null

),

status_changes as (

    select
        change_id,
        lead_id,
        'status' as field,
        old_value,
        new_value,
        occurred_at,
        created_by_id

    from lead_changes

    where lower(field) = 'status'

),

changes as (

    select * from owner_changes

    union all

    select * from status_changes

),

changes_in_order as (

    select
        lead_id,
        field,
        old_value,
        row_number() over (
            partition by lead_id, field
            order by occurred_at nulls last, change_id nulls last
        ) as change_number

    from changes

),

first_changes as (

    select
        lead_id,
        field,
        old_value

    from changes_in_order

    where change_number = 1

),

-- What a lead was created with is written nowhere: it is the old value of the first
-- change, or, of a lead that never changed, the value it still has.
created_values as (

    select
        lead_id,
        'owner' as field,
        owner_id as current_value,
        created_at,
        created_by_id

    from leads

    union all

    select
        lead_id,
        'status' as field,
        status as current_value,
        created_at,
        created_by_id

    from leads

),

creations as (

    select
        created_values.lead_id || ':created:' || created_values.field as change_id,
        created_values.lead_id,
        created_values.field,
        cast(null as varchar) as old_value,
        coalesce(first_changes.old_value, created_values.current_value) as new_value,
        created_values.created_at as occurred_at,
        created_values.created_by_id

    from created_values

    left join first_changes
        on created_values.lead_id = first_changes.lead_id
        and created_values.field = first_changes.field

),

all_values as (

    select
        *,
        true as is_creation

    from creations

    union all

    select
        *,
        false as is_creation

    from changes

),

with_words as (

    select
        all_values.change_id,
        all_values.lead_id,
        all_values.field,
        all_values.is_creation,
        all_values.occurred_at,
        all_values.created_by_id,
        all_values.new_value,
        case
            when all_values.field = 'owner' then users.user_id
        end as owner_user_id,
        case
            when all_values.field = 'owner' then users.team
            else lower(trim(all_values.new_value))
        end as word

    from all_values

    left join users on all_values.new_value = users.user_id

),

with_events as (

    select
        with_words.*,
        status_events.event

    from with_words

    inner join status_events
        on with_words.field = lower(trim(status_events.field))
        and with_words.word = lower(trim(status_events.to_value))

    where coalesce(status_events.event, '') <> ''

),

-- A lead that a rep made for himself was not handed over by anyone.
made_by_sales as (

    select distinct lead_id

    from with_events

    where is_creation and event = 'sales_generated'

),

created_owners as (

    select
        lead_id,
        owner_user_id

    from with_events

    where is_creation and event = 'assigned'

),

final as (

    select
        with_events.change_id,
        identity_keys.person_id,
        with_events.lead_id,
        with_events.occurred_at,
        with_events.event,
        coalesce(
            with_events.owner_user_id,
            case
                when with_events.is_creation and with_events.event = 'sales_generated'
                    then created_owners.owner_user_id
            end
        ) as owner_user_id,
        with_events.created_by_id as decided_by_user_id,
        with_events.is_creation

    from with_events

    inner join identity_keys
        on 'sf_lead:' || with_events.lead_id = identity_keys.identity_key

    left join made_by_sales on with_events.lead_id = made_by_sales.lead_id

    left join created_owners on with_events.lead_id = created_owners.lead_id

    where not (
        with_events.is_creation
        and with_events.event = 'assigned'
        and made_by_sales.lead_id is not null
    )

)

select * from final
