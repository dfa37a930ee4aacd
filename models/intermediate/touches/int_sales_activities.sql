with

tasks as (

    select * from {{ ref('stg_salesforce__tasks') }}

    where not _is_deleted and not is_automated and lower(status) = 'completed'

),

identity_keys as (

    select * from {{ ref('int_identity_keys') }}

),

task_types as (

    select * from {{ ref('crm_task_types') }}

),

call_dispositions as (

    select * from {{ ref('crm_call_dispositions') }}

),

-- A subtype that is mapped goes before the type alone.
task_meanings as (

    select
        tasks.task_id,
        task_types.activity_kind,
        task_types.direction,
        task_types.is_human,
        row_number() over (
            partition by tasks.task_id
            order by
                case
                    when coalesce(trim(task_types.task_subtype), '') = '' then 1
                    else 0
                end
        ) as meaning_number

    from tasks

    inner join task_types
        on lower(tasks.task_type) = lower(trim(task_types.task_type))
        and coalesce(lower(trim(task_types.task_subtype)), '')
        in ('', lower(tasks.task_subtype))

),

final as (

    select
        -- ids
        tasks.task_id,
        coalesce(lead_keys.person_id, contact_keys.person_id) as person_id,
        tasks.owner_id as user_id,

        -- attributes
        tasks.task_type,
        task_meanings.activity_kind,
        task_meanings.direction,

        -- flags
        coalesce(
            call_dispositions.is_connect, task_meanings.activity_kind = 'meeting'
        ) as is_connect,

        -- timestamps
        coalesce(tasks.completed_at, tasks.created_at) as occurred_at,
        greatest(
            tasks.created_at, coalesce(tasks.completed_at, tasks.created_at)
        ) as recorded_at

    from tasks

    inner join task_meanings
        on tasks.task_id = task_meanings.task_id
        and task_meanings.meaning_number = 1

    left join call_dispositions
        on lower(tasks.call_disposition) = lower(trim(call_dispositions.disposition))

    left join identity_keys as lead_keys
        on 'sf_lead:' || tasks.who_id = lead_keys.identity_key

    left join identity_keys as contact_keys
        on 'sf_contact:' || tasks.who_id = contact_keys.identity_key

    where
        task_meanings.is_human
        and coalesce(lead_keys.person_id, contact_keys.person_id) is not null

)

select * from final
