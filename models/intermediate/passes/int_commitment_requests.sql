with

lead_versions as (

    select * from {{ ref('base_salesforce__leads') }}

),

interactions as (

    select * from {{ ref('int_interactions') }}

),

identity_keys as (

    select * from {{ ref('int_identity_keys') }}

),

working_days as (

    select * from {{ ref('working_days') }}

),

lead_events as (

    select * from {{ ref('int_lead_events') }}

),

users as (

    select * from {{ ref('int_users') }}

),

team_queues as (

    select * from {{ ref('int_team_queues') }}

),

as_of as (

    select * from {{ ref('as_of') }}

),

-- Every dump can show a promise that a later one has overwritten. What was promised
-- today has been promised by now, also where the CRM writes the day alone.
lead_requests as (

    select
        'salesforce_lead' as receipt_type,
        lead_versions.lead_id as receipt_id,
        lead_versions.lead_id,
        lead_versions.callback_requested_at as written_at,
        least(lead_versions.callback_requested_at, as_of.as_of) as requested_at,
        lead_versions.callback_months as months,
        bool_or(coalesce(lead_versions.is_callback_requested_by_person, false))
            as is_requested_by_person

    from lead_versions

    inner join as_of
        on {{ local_date('lead_versions.callback_requested_at') }}
        <= as_of.as_of_date_local

    where
        lead_versions._quarantine_reason is null
        and lead_versions.callback_months > 0

    group by
        lead_versions.lead_id,
        lead_versions.callback_requested_at,
        lead_versions.callback_months,
        as_of.as_of

),

person_lead_requests as (

    select
        lead_requests.receipt_type,
        lead_requests.receipt_id,
        lead_requests.lead_id,
        identity_keys.person_id,
        lead_requests.written_at,
        lead_requests.requested_at,
        lead_requests.months,
        lead_requests.is_requested_by_person

    from lead_requests

    inner join identity_keys
        on 'sf_lead:' || lead_requests.lead_id = identity_keys.identity_key

),

form_requests as (

    select
        receipt_type,
        receipt_id,
        cast(null as varchar) as lead_id,
        person_id,
        occurred_at as written_at,
        occurred_at as requested_at,
        callback_months as months,
        true as is_requested_by_person

    from interactions

    where callback_months > 0

),

requests as (

    select * from person_lead_requests

    union all

    select * from form_requests

),

with_dates as (

    select
        *,
        {{ hash_key(['receipt_type', 'receipt_id', 'written_at', 'months']) }}
            as commitment_id,
        {{ local_date('requested_at') }} as requested_date,
        {{ add_local_months(local_date('requested_at'), 'months') }}
            as unrolled_due_date

    from requests

),

with_due as (

    select
        with_dates.*,
        due_days.calendar_date as due_date,
        due_days.opens_at_utc as due_at

    from with_dates

    inner join working_days as unrolled_days
        on with_dates.unrolled_due_date = unrolled_days.calendar_date

    inner join working_days as due_days
        on unrolled_days.next_working_date = due_days.calendar_date

),

owners_before as (

    select
        with_due.commitment_id,
        lead_events.owner_user_id,
        row_number() over (
            partition by with_due.commitment_id
            order by
                lead_events.occurred_at desc nulls last,
                lead_events.change_id desc nulls last
        ) as owner_number

    from with_due

    inner join lead_events
        on with_due.lead_id = lead_events.lead_id
        and with_due.requested_at >= lead_events.occurred_at

    where lead_events.owner_user_id is not null

),

last_owners as (

    select
        commitment_id,
        owner_user_id

    from owners_before

    where owner_number = 1

),

sales_queues as (

    select queue_user_id

    from team_queues

    where team = 'sales'

),

final as (

    select
        with_due.commitment_id,
        with_due.person_id,
        with_due.lead_id,
        with_due.receipt_type,
        with_due.receipt_id,
        with_due.requested_at,
        with_due.months,
        with_due.is_requested_by_person,
        with_due.unrolled_due_date,
        with_due.due_date,
        with_due.due_at,
        {{ local_day_start('with_due.due_date') }} as due_day_starts_at,
        {{ local_day_end('with_due.due_date') }} as due_day_ends_at,
        {{ days_between_dates(
            'with_due.requested_date', 'with_due.unrolled_due_date'
        ) }} as horizon_days,
        case
            when
                users.user_id is not null
                and (
                    users.deactivated_at is null
                    or users.deactivated_at > with_due.due_at
                )
                then users.user_id
            else sales_queues.queue_user_id
        end as holder_user_id

    from with_due

    left join last_owners on with_due.commitment_id = last_owners.commitment_id

    left join users on last_owners.owner_user_id = users.user_id

    left join sales_queues on true

)

select * from final
