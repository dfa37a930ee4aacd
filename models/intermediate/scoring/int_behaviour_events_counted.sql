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
        coalesce(capped_rules.rolling_cap_count, 0) as rolling_cap_count

    from behaviour_events

    left join capped_rules
        on behaviour_events.definition_version = capped_rules.definition_version
        and behaviour_events.rule_id = capped_rules.rule_id

),

-- Where all find room under the smallest cap, no window can refuse one. Without a
-- window that moves, the earliest events of the pass are the ones that count.
events_without_window as (

    select
        pass_id,
        person_id,
        interaction_id,
        definition_version,
        rule_id,
        rule_group,
        points,
        half_life_days,
        occurred_at

    from events_with_caps

    where
        smallest_count is null
        or event_count <= smallest_count
        or (rolling_cap_count = 0 and event_number <= smallest_count)

),

events_with_window as (

    select
        *,
        pass_id || '|' || definition_version || '|' || rule_id as sequence_id,
        {{ days_between_dates("cast('1970-01-01' as date)", 'occurred_date') }}
            as event_day,
        definition_version || '|' || rule_id as cap_id

    from events_with_caps

    where
        rolling_cap_count > 0
        and event_count > smallest_count

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
        events_with_window.person_id,
        events_with_window.interaction_id,
        events_with_window.definition_version,
        events_with_window.rule_id,
        events_with_window.rule_group,
        events_with_window.points,
        events_with_window.half_life_days,
        events_with_window.occurred_at

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
        pass_id,
        person_id,
        interaction_id,
        definition_version,
        rule_id,

        -- attributes
        rule_group,
        points,
        half_life_days,

        -- timestamps
        occurred_at

    from counted

)

select * from final
