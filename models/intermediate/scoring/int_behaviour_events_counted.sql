with

behaviour_events as (

    select * from {{ ref('int_behaviour_events') }}

),

behaviour_rules as (

    select * from {{ ref('behaviour_rules') }}

),

behaviour_extra_caps as (

    select * from {{ ref('behaviour_extra_caps') }}

),

caps as (

    select
        definition_version,
        rule_id,
        cast(max_count as integer) as max_count,
        cast(per_days as integer) as per_days

    from behaviour_rules

    where max_count is not null

    union all

    select
        definition_version,
        rule_id,
        cast(max_count as integer) as max_count,
        cast(per_days as integer) as per_days

    from behaviour_extra_caps

),

capped_rules as (

    select
        definition_version,
        rule_id,
        min(max_count) as smallest_count,
        count(per_days) as rolling_cap_count

    from caps

    group by definition_version, rule_id

),

events_with_caps as (

    select
        behaviour_events.*,
        capped_rules.smallest_count,
        coalesce(capped_rules.rolling_cap_count, 0) as rolling_cap_count,
        behaviour_events.pass_id
        || '|' || behaviour_events.definition_version
        || '|' || behaviour_events.rule_id as sequence_id

    from behaviour_events

    left join capped_rules
        on behaviour_events.definition_version = capped_rules.definition_version
        and behaviour_events.rule_id = capped_rules.rule_id

),

-- Without a window that moves, the earliest events of the pass are the ones that count.
events_without_window as (

    select
        pass_id,
        definition_version,
        rule_id,
        event_number

    from events_with_caps

    where
        rolling_cap_count = 0
        and (smallest_count is null or event_number <= smallest_count)

),

events_with_window as (

    select
        pass_id,
        definition_version,
        rule_id,
        sequence_id,
        event_number,
        {{ days_between_dates("cast('1970-01-01' as date)", 'occurred_date') }}
            as event_day,
        definition_version || '|' || rule_id as cap_id

    from events_with_caps

    where rolling_cap_count > 0

),

caps_by_rule as (

    select
        definition_version || '|' || rule_id as cap_id,
        max_count,
        per_days

    from caps

),

selected as (

    {{ greedy_selection('events_with_window', 'caps_by_rule') }}

),

events_within_window as (

    select
        events_with_window.pass_id,
        events_with_window.definition_version,
        events_with_window.rule_id,
        events_with_window.event_number

    from events_with_window

    inner join selected
        on events_with_window.sequence_id = selected.sequence_id
        and events_with_window.event_number = selected.event_number

),

counted as (

    select * from events_without_window

    union all

    select * from events_within_window

),

final as (

    select
        -- ids
        behaviour_events.pass_id,
        behaviour_events.person_id,
        behaviour_events.interaction_id,
        behaviour_events.definition_version,
        behaviour_events.rule_id,

        -- attributes
        behaviour_events.rule_group,
        behaviour_events.points,
        behaviour_events.half_life_days,

        -- timestamps
        behaviour_events.occurred_at

    from behaviour_events

    inner join counted
        on behaviour_events.pass_id = counted.pass_id
        and behaviour_events.definition_version = counted.definition_version
        and behaviour_events.rule_id = counted.rule_id
        and behaviour_events.event_number = counted.event_number

)

select * from final
