with

lead_status_events as (

    select * from {{ ref('crm_lead_status_events') }}

),

opportunity_stages as (

    select * from {{ ref('crm_opportunity_stages') }}

),

rejection_reasons as (

    select * from {{ ref('crm_rejection_reasons') }}

),

task_types as (

    select * from {{ ref('crm_task_types') }}

),

call_dispositions as (

    select * from {{ ref('crm_call_dispositions') }}

),

campaign_types as (

    select * from {{ ref('crm_campaign_types') }}

),

member_statuses as (

    select * from {{ ref('crm_member_statuses') }}

),

form_types as (

    select * from {{ ref('form_types') }}

),

page_groups as (

    select * from {{ ref('page_groups') }}

),

channel_rules as (

    select * from {{ ref('channel_rules') }}

),

user_teams as (

    select * from {{ ref('user_teams') }}

),

country_names as (

    select * from {{ ref('country_names') }}

),

page_views as (

    select * from {{ ref('int_human_page_views') }}

),

forms as (

    select * from {{ ref('stg_hubspot__forms') }}

),

form_submissions as (

    select * from {{ ref('stg_hubspot__form_submissions') }}

),

hubspot_contacts as (

    select * from {{ ref('stg_hubspot__contacts') }}

),

leads as (

    select * from {{ ref('stg_salesforce__leads') }}

),

lead_changes as (

    select * from {{ ref('stg_salesforce__lead_changes') }}

),

accounts as (

    select * from {{ ref('stg_salesforce__accounts') }}

),

opportunities as (

    select * from {{ ref('stg_salesforce__opportunities') }}

),

opportunity_changes as (

    select * from {{ ref('stg_salesforce__opportunity_changes') }}

),

tasks as (

    select * from {{ ref('stg_salesforce__tasks') }}

),

campaigns as (

    select * from {{ ref('stg_salesforce__campaigns') }}

),

campaign_members as (

    select * from {{ ref('stg_salesforce__campaign_members') }}

),

users as (

    select * from {{ ref('stg_salesforce__users') }}

),

words_seen as (

    select
        'crm_lead_status_events' as mapping,
        status as value,
        modified_at as seen_at

    from leads

    union all

    select
        'crm_lead_status_events' as mapping,
        new_value as value,
        occurred_at as seen_at

    from lead_changes

    where lower(field) = 'status'

    union all

    select
        'crm_opportunity_stages' as mapping,
        stage_name as value,
        modified_at as seen_at

    from opportunities

    union all

    select
        'crm_opportunity_stages' as mapping,
        stage_name as value,
        occurred_at as seen_at

    from opportunity_changes

    union all

    select
        'crm_rejection_reasons' as mapping,
        rejection_reason as value,
        modified_at as seen_at

    from leads

    union all

    select
        'crm_rejection_reasons' as mapping,
        new_value as value,
        occurred_at as seen_at

    from lead_changes

    where lower(field) = 'rejection_reason__c'

    union all

    select
        'crm_rejection_reasons' as mapping,
        loss_reason as value,
        modified_at as seen_at

    from opportunities

    union all

    select
        'crm_call_dispositions' as mapping,
        call_disposition as value,
        created_at as seen_at

    from tasks

    union all

    select
        'crm_campaign_types' as mapping,
        campaign_type as value,
        _exported_at as seen_at

    from campaigns

    union all

    select
        'crm_member_statuses' as mapping,
        status as value,
        modified_at as seen_at

    from campaign_members

    union all

    select
        'user_teams' as mapping,
        department as value,
        modified_at as seen_at

    from users

    where user_type <> 'Queue'

    union all

    select
        'user_teams' as mapping,
        user_name as value,
        modified_at as seen_at

    from users

    where user_type = 'Queue'

    union all

    select
        'country_names' as mapping,
        country as value,
        modified_at as seen_at

    from hubspot_contacts

    union all

    select
        'country_names' as mapping,
        country as value,
        modified_at as seen_at

    from leads

    union all

    select
        'country_names' as mapping,
        country as value,
        modified_at as seen_at

    from accounts

),

words_known as (

    select
        'crm_lead_status_events' as mapping,
        lower(trim(to_value)) as known_value

    from lead_status_events

    where field = 'Status'

    union all

    select
        'crm_opportunity_stages' as mapping,
        lower(trim(stage_name)) as known_value

    from opportunity_stages

    union all

    select
        'crm_rejection_reasons' as mapping,
        lower(trim(crm_reason)) as known_value

    from rejection_reasons

    union all

    select
        'crm_call_dispositions' as mapping,
        lower(trim(disposition)) as known_value

    from call_dispositions

    union all

    select
        'crm_campaign_types' as mapping,
        lower(trim(campaign_type)) as known_value

    from campaign_types

    union all

    select
        'crm_member_statuses' as mapping,
        lower(trim(status)) as known_value

    from member_statuses

    union all

    select
        'user_teams' as mapping,
        lower(trim(match_value)) as known_value

    from user_teams

    union all

    select
        'country_names' as mapping,
        lower(trim(country_name)) as known_value

    from country_names

),

unknown_words as (

    select
        words_seen.mapping,
        words_seen.value,
        words_seen.seen_at

    from words_seen

    left join words_known
        on words_seen.mapping = words_known.mapping
        and lower(words_seen.value) = words_known.known_value

    where
        words_seen.value is not null
        and words_known.known_value is null

),

-- A type without a subtype in the mapping stands for all of its subtypes.
unknown_task_types as (

    select
        'crm_task_types' as mapping,
        tasks.task_type || coalesce(' / ' || tasks.task_subtype, '') as value,
        tasks.created_at as seen_at

    from tasks

    left join task_types
        on lower(tasks.task_type) = lower(trim(task_types.task_type))
        and (
            coalesce(trim(task_types.task_subtype), '') = ''
            or lower(tasks.task_subtype) = lower(trim(task_types.task_subtype))
        )

    where
        tasks.task_type is not null
        and task_types.task_type is null

),

forms_of_submissions as (

    select
        form_submissions.form_id,
        forms.form_type,
        form_submissions.occurred_at

    from form_submissions

    left join forms on form_submissions.form_id = forms.form_id

),

unknown_form_types as (

    select
        'form_types' as mapping,
        coalesce(
            forms_of_submissions.form_type, forms_of_submissions.form_id
        ) as value,
        forms_of_submissions.occurred_at as seen_at

    from forms_of_submissions

    left join form_types
        on (
            form_types.match_on = 'form_id'
            and forms_of_submissions.form_id = trim(form_types.match_value)
        )
        or (
            form_types.match_on = 'form_type'
            and lower(forms_of_submissions.form_type)
            = lower(trim(form_types.match_value))
        )

    where form_types.match_value is null

),

-- Of millions of views few differ in what is asked here.
pages_seen as (

    select
        path,
        utm_source,
        utm_medium,
        count(*) as row_count,
        max(occurred_at) as latest_at

    from page_views

    group by path, utm_source, utm_medium

),

-- Patterns are held against each path and each link once, not against each view.
paths_seen as (

    select
        lower(path) as path,
        sum(row_count) as row_count,
        max(latest_at) as latest_at

    from pages_seen

    where path is not null

    group by lower(path)

),

unknown_paths as (

    select
        'page_groups' as mapping,
        '/' || split_part(paths_seen.path, '/', 2) as value,
        paths_seen.row_count,
        paths_seen.latest_at

    from paths_seen

    left join page_groups on paths_seen.path like lower(page_groups.path_pattern)

    where page_groups.path_pattern is null

),

links_seen as (

    select
        coalesce(lower(utm_source), '') as source,
        coalesce(lower(utm_medium), '') as medium,
        sum(row_count) as row_count,
        max(latest_at) as latest_at

    from pages_seen

    where
        utm_source is not null
        or utm_medium is not null

    group by coalesce(lower(utm_source), ''), coalesce(lower(utm_medium), '')

),

-- The last rule takes what no other knows; one about a click says nothing of a link.
link_rules as (

    select
        lower(source_pattern) as source_pattern,
        lower(medium_pattern) as medium_pattern

    from channel_rules

    where
        channel <> 'unassigned'
        and coalesce(click_id, '') = ''
        and referrer_pattern = '%'

),

unknown_links as (

    select
        'channel_rules' as mapping,
        links_seen.source || ' / ' || links_seen.medium as value,
        links_seen.row_count,
        links_seen.latest_at

    from links_seen

    left join link_rules
        on links_seen.source like link_rules.source_pattern
        and links_seen.medium like link_rules.medium_pattern

    where link_rules.source_pattern is null

),

unknown_values as (

    select
        mapping,
        value,
        1 as row_count,
        seen_at as latest_at

    from unknown_words

    union all

    select
        mapping,
        value,
        1 as row_count,
        seen_at as latest_at

    from unknown_task_types

    union all

    select
        mapping,
        value,
        1 as row_count,
        seen_at as latest_at

    from unknown_form_types

    union all

    select * from unknown_paths

    union all

    select * from unknown_links

),

-- Of the spellings that are compared as one, the first is shown.
final as (

    select
        cast(mapping as varchar) as mapping,
        cast(min(value) as varchar) as value,
        cast(sum(row_count) as bigint) as row_count,
        max(latest_at) as latest_at

    from unknown_values

    group by mapping, lower(value)

)

select * from final
