with

page_views as (

    select * from {{ ref('int_page_views') }}

),

sessions as (

    select * from {{ ref('int_sessions') }}

),

session_gap as (

    select * from {{ ref('int_session_gap') }}

),

form_submissions as (

    select * from {{ ref('int_form_submissions') }}

),

email_events as (

    select * from {{ ref('stg_hubspot__email_events') }}

),

event_participations as (

    select * from {{ ref('int_event_participations') }}

),

social_interactions as (

    select * from {{ ref('int_social_interactions') }}

),

sales_activities as (

    select * from {{ ref('int_sales_activities') }}

),

behaviour_rules as (

    select * from {{ ref('behaviour_rules') }}

),

identity_keys as (

    select * from {{ ref('int_identity_keys') }}

),

-- Of all pages only those that a version of the agreement gives points for.
counted_page_groups as (

    select distinct event_detail as page_group

    from behaviour_rules

    where event_type = 'page_view'

),

counted_page_views as (

    select
        page_views.page_view_id,
        page_views.person_id,
        page_views.anonymous_id,
        page_views.session_id,
        page_views.page_group,
        page_views.occurred_at

    from page_views

    inner join counted_page_groups
        on page_views.page_group = counted_page_groups.page_group

),

-- Most sessions are of visitors of whom nothing is told here.
visitors as (

    select anonymous_id from counted_page_views

    union

    select anonymous_id from form_submissions

),

sessions_of_visitors as (

    select
        sessions.session_id,
        sessions.anonymous_id,
        sessions.campaign_id,
        sessions.channel,
        sessions.started_at,
        sessions.ended_at

    from sessions

    inner join visitors on sessions.anonymous_id = visitors.anonymous_id

),

page_interactions as (

    select
        counted_page_views.page_view_id as receipt_id,
        'page_view' as receipt_type,
        counted_page_views.person_id,
        counted_page_views.anonymous_id,
        counted_page_views.session_id,
        sessions_of_visitors.campaign_id,
        'page_view' as event_type,
        counted_page_views.page_group as event_detail,
        sessions_of_visitors.channel,
        'marketing' as touch_team,
        cast(null as varchar) as assist_team,
        cast(null as bigint) as callback_months,
        false as is_touch,
        counted_page_views.occurred_at,
        counted_page_views.occurred_at as recorded_at

    from counted_page_views

    inner join sessions_of_visitors
        on counted_page_views.session_id = sessions_of_visitors.session_id

),

-- A form takes the channel of the visit in which it was sent.
form_sessions as (

    select
        form_submissions.submission_id,
        sessions_of_visitors.session_id,
        sessions_of_visitors.channel,
        sessions_of_visitors.campaign_id,
        row_number() over (
            partition by form_submissions.submission_id
            order by
                sessions_of_visitors.started_at desc nulls last,
                sessions_of_visitors.session_id asc
        ) as session_number

    from form_submissions

    inner join session_gap on true

    inner join sessions_of_visitors
        on form_submissions.anonymous_id = sessions_of_visitors.anonymous_id
        and form_submissions.occurred_at >= sessions_of_visitors.started_at
        and {{ seconds_between(
            'sessions_of_visitors.ended_at', 'form_submissions.occurred_at'
        ) }}
        <= session_gap.gap_minutes * 60

),

form_interactions as (

    select
        form_submissions.submission_id as receipt_id,
        'form_submission' as receipt_type,
        form_submissions.person_id,
        form_submissions.anonymous_id,
        form_sessions.session_id,
        form_sessions.campaign_id,
        'form' as event_type,
        form_submissions.form_kind as event_detail,
        coalesce(form_sessions.channel, 'unassigned') as channel,
        'marketing' as touch_team,
        null as assist_team,
        form_submissions.callback_months,
        true as is_touch,
        form_submissions.occurred_at,
        form_submissions.occurred_at as recorded_at

    from form_submissions

    left join form_sessions
        on form_submissions.submission_id = form_sessions.submission_id
        and form_sessions.session_number = 1

    where form_submissions.form_kind is not null

),

-- What a filter clicked, no human did.
email_interactions as (

    select
        email_events.email_event_id as receipt_id,
        'email_event' as receipt_type,
        identity_keys.person_id,
        null as anonymous_id,
        null as session_id,
        null as campaign_id,
        case email_events.event_kind
            when 'click' then 'email_click'
            when 'unsubscribed' then 'unsubscribe'
            else 'hard_bounce'
        end as event_type,
        case when email_events.event_kind = 'click' then 'human' else '' end
            as event_detail,
        'email' as channel,
        'marketing' as touch_team,
        null as assist_team,
        null as callback_months,
        email_events.event_kind = 'click' as is_touch,
        email_events.occurred_at,
        email_events.occurred_at as recorded_at

    from email_events

    inner join identity_keys
        on 'email:' || email_events.recipient_email = identity_keys.identity_key

    where
        (email_events.event_kind = 'click' and not email_events.is_filtered)
        or email_events.event_kind = 'unsubscribed'
        or (
            email_events.event_kind = 'bounce'
            and email_events.bounce_category = 'hard'
        )

),

event_interactions as (

    select
        member_id as receipt_id,
        'campaign_member' as receipt_type,
        person_id,
        null as anonymous_id,
        null as session_id,
        campaign_id,
        event_type,
        event_detail,
        event_type as channel,
        'marketing' as touch_team,
        null as assist_team,
        null as callback_months,
        is_touch,
        occurred_at,
        recorded_at

    from event_participations

),

social_engagements as (

    select
        interaction_id as receipt_id,
        'social_interaction' as receipt_type,
        person_id,
        null as anonymous_id,
        null as session_id,
        campaign_id,
        'social' as event_type,
        event_detail,
        'organic_social' as channel,
        touch_team,
        assist_team,
        null as callback_months,
        true as is_touch,
        occurred_at,
        occurred_at as recorded_at

    from social_interactions

),

-- A meeting that sales held is its attempt already, so it is no second touch.
conversations as (

    select
        task_id as receipt_id,
        'task' as receipt_type,
        person_id,
        null as anonymous_id,
        null as session_id,
        null as campaign_id,
        case activity_kind
            when 'meeting' then 'meeting'
            when 'message' then 'email_reply'
            else 'call'
        end as event_type,
        case when activity_kind = 'meeting' then '' else 'inbound' end as event_detail,
        'sales_outreach' as channel,
        'sales' as touch_team,
        null as assist_team,
        null as callback_months,
        activity_kind <> 'meeting' as is_touch,
        occurred_at,
        recorded_at

    from sales_activities

    where
        activity_kind = 'meeting'
        or (activity_kind in ('attempt', 'message') and direction = 'inbound')

),

united as (

    select
        receipt_id,
        receipt_type,
        person_id,
        anonymous_id,
        session_id,
        campaign_id,
        event_type,
        event_detail,
        channel,
        touch_team,
        assist_team,
        callback_months,
        is_touch,
        occurred_at,
        recorded_at

    from page_interactions

    union all

    select
        receipt_id,
        receipt_type,
        person_id,
        anonymous_id,
        session_id,
        campaign_id,
        event_type,
        event_detail,
        channel,
        touch_team,
        assist_team,
        callback_months,
        is_touch,
        occurred_at,
        recorded_at

    from form_interactions

    union all

    select
        receipt_id,
        receipt_type,
        person_id,
        anonymous_id,
        session_id,
        campaign_id,
        event_type,
        event_detail,
        channel,
        touch_team,
        assist_team,
        callback_months,
        is_touch,
        occurred_at,
        recorded_at

    from email_interactions

    union all

    select
        receipt_id,
        receipt_type,
        person_id,
        anonymous_id,
        session_id,
        campaign_id,
        event_type,
        event_detail,
        channel,
        touch_team,
        assist_team,
        callback_months,
        is_touch,
        occurred_at,
        recorded_at

    from event_interactions

    union all

    select
        receipt_id,
        receipt_type,
        person_id,
        anonymous_id,
        session_id,
        campaign_id,
        event_type,
        event_detail,
        channel,
        touch_team,
        assist_team,
        callback_months,
        is_touch,
        occurred_at,
        recorded_at

    from social_engagements

    union all

    select
        receipt_id,
        receipt_type,
        person_id,
        anonymous_id,
        session_id,
        campaign_id,
        event_type,
        event_detail,
        channel,
        touch_team,
        assist_team,
        callback_months,
        is_touch,
        occurred_at,
        recorded_at

    from conversations

),

final as (

    select
        -- ids
        {{ hash_key([
            'united.event_type', 'united.receipt_type', 'united.receipt_id'
        ]) }} as interaction_id,
        united.person_id,
        united.anonymous_id,
        united.session_id,
        united.campaign_id,

        -- attributes
        united.event_type,
        united.event_detail,
        united.channel,
        united.touch_team,
        united.assist_team,
        united.receipt_type,
        united.receipt_id,

        -- amounts
        united.callback_months,

        -- flags
        united.is_touch,

        -- timestamps
        united.occurred_at,
        united.recorded_at

    from united

    where united.person_id is not null

)

select * from final
