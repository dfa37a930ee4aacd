{%- set exports = [
    (
        'web', 'pages',
        'base_web__unsettled_page_views', ['page_view_id'], none
    ),
    (
        'web', 'identifies',
        'base_web__identifications', ['identification_id'], none
    ),
    (
        'hubspot', 'contacts',
        'base_hubspot__contacts', ['contact_id'], 'modified_at'
    ),
    (
        'hubspot', 'contact_merge_audit',
        'base_hubspot__contact_merges', ['merge_id'], none
    ),
    (
        'hubspot', 'email_events',
        'base_hubspot__unsettled_email_events', ['email_event_id'], none
    ),
    (
        'hubspot', 'form_submissions',
        'base_hubspot__form_submissions', ['submission_id'], none
    ),
    (
        'hubspot', 'forms',
        'base_hubspot__forms', ['form_id'], none
    ),
    (
        'google_ads', 'campaign_daily',
        'base_google_ads__campaign_days', ['platform_campaign_id', 'spend_date'], none
    ),
    (
        'linkedin_ads', 'campaign_daily',
        'base_linkedin_ads__campaign_days', ['platform_campaign_id', 'spend_date'], none
    ),
    (
        'meta_ads', 'campaign_daily',
        'base_meta_ads__campaign_days', ['platform_campaign_id', 'spend_date'], none
    ),
    (
        'social', 'interactions',
        'base_social__interactions', ['interaction_id'], none
    ),
    (
        'salesforce', 'lead',
        'base_salesforce__leads', ['lead_id'], 'modified_at'
    ),
    (
        'salesforce', 'lead_history',
        'base_salesforce__lead_changes', ['change_id'], none
    ),
    (
        'salesforce', 'contact',
        'base_salesforce__contacts', ['contact_id'], 'modified_at'
    ),
    (
        'salesforce', 'account',
        'base_salesforce__accounts', ['account_id'], 'modified_at'
    ),
    (
        'salesforce', 'opportunity',
        'base_salesforce__opportunities', ['opportunity_id'], 'modified_at'
    ),
    (
        'salesforce', 'opportunity_history',
        'base_salesforce__opportunity_changes', ['change_id'], none
    ),
    (
        'salesforce', 'opportunity_contact_role',
        'base_salesforce__opportunity_contact_roles', ['role_id'], none
    ),
    (
        'salesforce', 'task',
        'base_salesforce__tasks', ['task_id'], none
    ),
    (
        'salesforce', 'campaign',
        'base_salesforce__campaigns', ['campaign_id'], none
    ),
    (
        'salesforce', 'campaign_member',
        'base_salesforce__campaign_members', ['member_id'], 'modified_at'
    ),
    (
        'salesforce', 'user',
        'base_salesforce__users', ['user_id'], 'modified_at'
    ),
    (
        'finance', 'contracts',
        'base_finance__contracts', ['contract_id'], none
    ),
    (
        'finance', 'credit_notes',
        'base_finance__credit_notes', ['credit_note_id'], none
    ),
    (
        'finance', 'fx_rates',
        'base_finance__fx_rates', ['rate_date', 'currency'], none
    ),
    (
        'privacy', 'consents',
        'base_privacy__consents', ['consent_id'], none
    ),
    (
        'privacy', 'erasure_requests',
        'base_privacy__erasure_requests', ['request_id'], none
    ),
] -%}

with

rows_of_exports as (

    {{ rows_of_exports(exports) }}

),

ignored_events as (

    select * from {{ ref('int_ignored_events') }}

),

identity_keys as (

    select * from {{ ref('int_identity_keys') }}

),

erasures as (

    select * from {{ ref('int_erasures') }}

),

-- Few of the rows of all exports, so that no more than these are kept in memory.
rows_to_tell as (

    select *

    from rows_of_exports

    where
        _quarantine_reason is not null
        or _row_hash <> kept_row_hash
        or _clock_doubt is not null

),

held_back as (

    select
        *,
        coalesce(_quarantine_reason, 'conflicting_duplicate') as reason,
        _quarantine_column as column_name,
        _quarantine_value as raw_value,
        true as is_held_back

    from rows_to_tell

    where
        _quarantine_reason is not null
        or _row_hash <> kept_row_hash

),

-- A time that the clock shows twice or never is read by the agreed rule, and told.
doubted as (

    select
        *,
        split_part(_clock_doubt, '|', 1) as reason,
        split_part(_clock_doubt, '|', 2) as column_name,
        split_part(_clock_doubt, '|', 3) as raw_value,
        false as is_held_back

    from rows_to_tell

    where _clock_doubt is not null and _quarantine_reason is null

),

told_rows as (

    select * from held_back

    union all

    select * from doubted

),

faults as (

    select
        source_system,
        source_table,
        natural_key,
        _source_file as source_file,
        _row_number as row_number,
        _exported_at as exported_at,
        _row_hash as content,
        reason,
        column_name,
        raw_value,
        is_held_back,
        case
            when source_system = 'hubspot' and source_table = 'contacts'
                then 'hubspot:' || natural_key
            when source_system = 'salesforce' and source_table = 'lead'
                then 'sf_lead:' || natural_key
            when source_system = 'salesforce' and source_table = 'contact'
                then 'sf_contact:' || natural_key
        end as identity_key

    from told_rows

),

-- The same row comes back in every dump that is taken before it is mended.
ranked_faults as (

    select
        *,
        row_number() over (
            partition by source_system, source_table, content, reason
            order by
                exported_at desc nulls last,
                source_file asc nulls last,
                row_number asc nulls last
        ) as fault_number

    from faults

),

faults_with_person as (

    select
        ranked_faults.source_system,
        ranked_faults.source_table,
        ranked_faults.natural_key,
        ranked_faults.source_file,
        ranked_faults.row_number,
        ranked_faults.exported_at,
        ranked_faults.content,
        ranked_faults.reason,
        ranked_faults.column_name,
        ranked_faults.raw_value,
        ranked_faults.is_held_back,
        identity_keys.person_id

    from ranked_faults

    left join identity_keys
        on ranked_faults.identity_key = identity_keys.identity_key

    where ranked_faults.fault_number = 1

),

-- Readable rows that say what cannot have happened.
impossible_decisions as (

    select
        'salesforce' as source_system,
        receipt_type as source_table,
        receipt_id as natural_key,
        cast(null as varchar) as source_file,
        cast(null as bigint) as row_number,
        cast(null as timestamp with time zone) as exported_at,
        event_id as content,
        reason,
        cast(null as varchar) as column_name,
        event as raw_value,
        true as is_held_back,
        person_id

    from ignored_events

    where reason in ('accepted_without_handover', 'decision_without_handover')

),

all_faults as (

    select * from faults_with_person

    union all

    select * from impossible_decisions

),

-- Of who has asked to be erased, a fault may be counted but not shown.
final as (

    select
        {{ hash_key(['source_system', 'source_table', 'content', 'reason']) }}
            as quarantined_row_id,
        cast(all_faults.source_system as varchar) as source_system,
        cast(all_faults.source_table as varchar) as source_table,
        cast(all_faults.source_file as varchar) as source_file,
        cast(all_faults.row_number as bigint) as row_number,
        case when erasures.person_id is null then all_faults.natural_key end
            as natural_key,
        cast(all_faults.reason as varchar) as reason,
        all_faults.is_held_back
        and all_faults.reason not in ('summary_row', 'erased_subject') as is_fault,
        cast(all_faults.column_name as varchar) as column_name,
        case when erasures.person_id is null then all_faults.raw_value end
            as raw_value,
        all_faults.exported_at

    from all_faults

    left join erasures on all_faults.person_id = erasures.person_id

)

select * from final
