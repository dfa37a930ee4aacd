{{ config(fail_calc=fail_with_findings()) }}

-- The line of the MQL can be reached with the points on offer, and every rule can make
-- a difference to somebody. A row here is a gate that nobody can pass or that all pass,
-- or a rule that could be struck out without changing any score. Bounds are generous:
-- what is reported can never decide; a rule that only hardly can is not reported.
with

settings as (

    select
        definition_version,
        setting,
        try_cast(value as double) as points

    from {{ ref('definition_settings') }}

    where unit = 'points'

),

fit_rules as (

    select * from {{ ref('fit_rules') }}

),

behaviour_rules as (

    select * from {{ ref('behaviour_rules') }}

),

behaviour_extra_caps as (

    select * from {{ ref('behaviour_extra_caps') }}

),

behaviour_groups as (

    select * from {{ ref('behaviour_groups') }}

),

hand_raises as (

    select * from {{ ref('hand_raises') }}

),

response_events as (

    select * from {{ ref('response_events') }}

),

disqualifiers as (

    select * from {{ ref('disqualifiers') }}

),

lines as (

    select
        definition_version,
        max(case when setting = 'fit_floor' then points end) as fit_floor,
        max(case when setting = 'fit_ceiling' then points end) as fit_ceiling,
        max(case when setting = 'behaviour_floor' then points end) as behaviour_floor,
        max(case when setting = 'behaviour_ceiling' then points end)
            as behaviour_ceiling,
        max(case when setting = 'fit_gate' then points end) as fit_gate,
        max(case when setting = 'behaviour_gate' then points end) as behaviour_gate,
        max(case when setting = 'total_line' then points end) as total_line

    from settings

    group by definition_version

),

points_of_fit_rules as (

    select
        definition_version,
        rule_id,
        cast(max(points) as double) as most_points,
        cast(min(points) as double) as least_points

    from fit_rules

    group by definition_version, rule_id

),

fit_on_offer as (

    select
        definition_version,
        sum(most_points) as most_points,
        sum(least_points) as least_points

    from points_of_fit_rules

    group by definition_version

),

caps as (

    select
        definition_version,
        rule_id,
        max_count,
        per_days

    from behaviour_rules

    where max_count is not null

    union all

    select
        definition_version,
        rule_id,
        max_count,
        per_days

    from behaviour_extra_caps

),

numbered_caps as (

    select
        definition_version,
        rule_id,
        max_count,
        per_days,
        row_number() over (
            partition by definition_version, rule_id
            order by per_days nulls last, max_count nulls last
        ) as cap_number

    from caps

),

-- The most that a cap lets through: its count now, and again its count in each stretch
-- of days before, faded as if that stretch had ended where the next one begins.
points_under_caps as (

    select
        behaviour_rules.definition_version,
        behaviour_rules.rule_id,
        case
            when caps.max_count is null then cast('infinity' as double)
            when caps.per_days is null
                then caps.max_count * cast(behaviour_rules.points as double)
            when behaviour_rules.half_life_days is null then cast('infinity' as double)
            else
                caps.max_count * cast(behaviour_rules.points as double)
                * (
                    1 + 1 / (
                        1 - power(
                            cast(2 as double),
                            -caps.per_days
                            / cast(behaviour_rules.half_life_days as double)
                        )
                    )
                )
        end as most_points

    from behaviour_rules

    left join caps
        on behaviour_rules.definition_version = caps.definition_version
        and behaviour_rules.rule_id = caps.rule_id

    where behaviour_rules.points > 0

),

points_of_behaviour_rules as (

    select
        definition_version,
        rule_id,
        min(most_points) as most_points

    from points_under_caps

    group by definition_version, rule_id

),

points_of_groups as (

    select
        behaviour_groups.definition_version,
        behaviour_groups.rule_group,
        cast(behaviour_groups.cap_points as double) as cap_points,
        count(behaviour_rules.rule_id) as rule_count,
        coalesce(sum(points_of_behaviour_rules.most_points), 0) as most_points

    from behaviour_groups

    left join behaviour_rules
        on behaviour_groups.definition_version = behaviour_rules.definition_version
        and behaviour_groups.rule_group = behaviour_rules.rule_group

    left join points_of_behaviour_rules
        on behaviour_rules.definition_version
        = points_of_behaviour_rules.definition_version
        and behaviour_rules.rule_id = points_of_behaviour_rules.rule_id

    group by
        behaviour_groups.definition_version,
        behaviour_groups.rule_group,
        behaviour_groups.cap_points

),

behaviour_on_offer as (

    select
        definition_version,
        sum(least(most_points, coalesce(cap_points, most_points))) as most_points

    from points_of_groups

    group by definition_version

),

points_on_offer as (

    select
        lines.definition_version,
        lines.fit_floor,
        lines.fit_ceiling,
        lines.behaviour_floor,
        lines.fit_gate,
        lines.behaviour_gate,
        lines.total_line,
        fit_on_offer.most_points as most_fit_unclamped,
        fit_on_offer.least_points as least_fit_unclamped,
        greatest(least(fit_on_offer.most_points, lines.fit_ceiling), lines.fit_floor)
            as most_fit,
        greatest(least(fit_on_offer.least_points, lines.fit_ceiling), lines.fit_floor)
            as least_fit,
        greatest(
            least(behaviour_on_offer.most_points, lines.behaviour_ceiling),
            lines.behaviour_floor
        ) as most_behaviour

    from lines

    inner join fit_on_offer
        on lines.definition_version = fit_on_offer.definition_version

    inner join behaviour_on_offer
        on lines.definition_version = behaviour_on_offer.definition_version

),

gates as (

    select
        definition_version,
        'fit_gate' as rule,
        fit_gate as needed_points,
        most_fit as most_points,
        greatest(least_fit, total_line - most_behaviour) as points_of_all

    from points_on_offer

    union all

    select
        definition_version,
        'behaviour_gate' as rule,
        behaviour_gate as needed_points,
        most_behaviour as most_points,
        greatest(behaviour_floor, total_line - most_fit) as points_of_all

    from points_on_offer

    union all

    select
        definition_version,
        'total_line' as rule,
        total_line as needed_points,
        most_fit + most_behaviour as most_points,
        fit_gate + behaviour_gate as points_of_all

    from points_on_offer

),

gates_that_decide_nothing as (

    select
        definition_version,
        'definition_settings' as table_name,
        rule,
        case
            when needed_points > most_points
                then
                    'cannot be reached: it needs ' || cast(needed_points as varchar)
                    || ' points, and no more than ' || cast(most_points as varchar)
                    || ' are on offer'
            else
                'holds nobody back: whoever gets so far has '
                || cast(points_of_all as varchar) || ' points anyway'
        end as what_is_wrong

    from gates

    where
        needed_points > most_points
        or needed_points <= points_of_all

),

hand_raises_out_of_reach as (

    select
        hand_raises.definition_version,
        'hand_raises' as table_name,
        hand_raises.event_type || coalesce(' ' || hand_raises.event_detail, '') as rule,
        'needs more fit than anybody can have' as what_is_wrong

    from hand_raises

    inner join points_on_offer
        on hand_raises.definition_version = points_on_offer.definition_version

    where hand_raises.fit_min > points_on_offer.most_fit

),

-- Points of a rule change nothing when the other rules alone are always beyond an end.
fit_rules_without_effect as (

    select
        points_of_fit_rules.definition_version,
        'fit_rules' as table_name,
        points_of_fit_rules.rule_id as rule,
        'can be struck out: no band of it changes the fit of anybody' as what_is_wrong

    from points_of_fit_rules

    inner join points_on_offer
        on points_of_fit_rules.definition_version = points_on_offer.definition_version

    where
        not (
            points_of_fit_rules.most_points > 0
            and points_on_offer.most_fit_unclamped > points_on_offer.fit_floor
            and points_on_offer.least_fit_unclamped - points_of_fit_rules.least_points
            < points_on_offer.fit_ceiling
        )
        and not (
            points_of_fit_rules.least_points < 0
            and points_on_offer.least_fit_unclamped < points_on_offer.fit_ceiling
            and points_on_offer.most_fit_unclamped - points_of_fit_rules.most_points
            > points_on_offer.fit_floor
        )

),

behaviour_rules_without_effect as (

    select
        behaviour_rules.definition_version,
        'behaviour_rules' as table_name,
        behaviour_rules.rule_id as rule,
        case
            when behaviour_rules.points = 0 then 'can be struck out: it gives no points'
            when behaviour_rules.max_count <= 0
                then 'can be struck out: it counts no event'
            when behaviour_rules.points > 0
                then 'can be struck out: the cap of its group lets nothing through'
            else 'can be struck out: nobody has points that it could take'
        end as what_is_wrong

    from behaviour_rules

    inner join points_on_offer
        on behaviour_rules.definition_version = points_on_offer.definition_version

    left join behaviour_groups
        on behaviour_rules.definition_version = behaviour_groups.definition_version
        and behaviour_rules.rule_group = behaviour_groups.rule_group

    where
        behaviour_rules.points = 0
        or behaviour_rules.max_count <= 0
        or (behaviour_rules.points > 0 and behaviour_groups.cap_points <= 0)
        or (
            behaviour_rules.points < 0
            and points_on_offer.most_behaviour <= points_on_offer.behaviour_floor
        )

),

-- In so many days no more than so many events pass the other cap: it is as strict.
caps_without_effect as (

    select
        numbered_caps.definition_version,
        'behaviour_extra_caps' as table_name,
        numbered_caps.rule_id as rule,
        'can be struck out: ' || cast(numbered_caps.max_count as varchar) || ' per '
        || coalesce(cast(numbered_caps.per_days as varchar) || ' days', 'pass')
        || ' follows from another cap of the rule' as what_is_wrong

    from numbered_caps

    inner join numbered_caps as other_caps
        on numbered_caps.definition_version = other_caps.definition_version
        and numbered_caps.rule_id = other_caps.rule_id
        and numbered_caps.cap_number <> other_caps.cap_number

    where
        other_caps.max_count * case
            when other_caps.per_days is null then 1
            else
                ceil(
                    cast(numbered_caps.per_days as double) / other_caps.per_days
                )
        end <= numbered_caps.max_count

),

unknown_rules_of_caps as (

    select
        behaviour_extra_caps.definition_version,
        'behaviour_extra_caps' as table_name,
        behaviour_extra_caps.rule_id as rule,
        'limits a rule that behaviour_rules does not have' as what_is_wrong

    from behaviour_extra_caps

    left join behaviour_rules
        on behaviour_extra_caps.definition_version = behaviour_rules.definition_version
        and behaviour_extra_caps.rule_id = behaviour_rules.rule_id

    where behaviour_rules.rule_id is null

),

groups_without_effect as (

    select
        definition_version,
        'behaviour_groups' as table_name,
        rule_group as rule,
        case
            when rule_count = 0 then 'has no rule'
            else
                'has a cap that its rules cannot reach: they give no more than '
                || cast(round(most_points, 2) as varchar) || ' points'
        end as what_is_wrong

    from points_of_groups

    where
        rule_count = 0
        or cap_points >= most_points

),

words_of_rules as (

    select
        definition_version,
        'behaviour_rules' as table_name,
        rule_id as rule,
        event_type as kind,
        event_detail as word

    from behaviour_rules

    union all

    select
        definition_version,
        'hand_raises' as table_name,
        event_type || coalesce(' ' || event_detail, '') as rule,
        event_type as kind,
        event_detail as word

    from hand_raises

    union all

    select
        definition_version,
        'response_events' as table_name,
        event_type || coalesce(' ' || event_detail, '') as rule,
        event_type as kind,
        event_detail as word

    from response_events

    union all

    select
        definition_version,
        'disqualifiers' as table_name,
        rule_id as rule,
        signal as kind,
        value as word

    from disqualifiers

    union all

    select
        definition_version,
        'fit_rules' as table_name,
        rule_id || ' ' || band_id as rule,
        signal as kind,
        value as word

    from fit_rules

    where operator = 'equals'

),

words_of_mappings as (

    select
        'page_view' as kind,
        page_group as word,
        'page_groups' as mapping

    from {{ ref('page_groups') }}

    union

    select
        'form' as kind,
        form_kind as word,
        'form_types' as mapping

    from {{ ref('form_types') }}

    union

    select
        'form_kind' as kind,
        form_kind as word,
        'form_types' as mapping

    from {{ ref('form_types') }}

    union

    select
        crm_campaign_types.event_type as kind,
        crm_member_statuses.event_detail as word,
        'crm_member_statuses' as mapping

    from {{ ref('crm_campaign_types') }} as crm_campaign_types

    cross join {{ ref('crm_member_statuses') }} as crm_member_statuses

    where crm_campaign_types.event_type in ('webinar', 'event')

    union

    select
        'seniority' as kind,
        seniority as word,
        'seniority_titles' as mapping

    from {{ ref('seniority_titles') }}

),

mapped_kinds as (

    select distinct
        kind,
        mapping

    from words_of_mappings

),

rules_that_wait_for_nothing as (

    select
        words_of_rules.definition_version,
        words_of_rules.table_name,
        words_of_rules.rule,
        'waits for ' || coalesce(words_of_rules.word, 'nothing')
        || ', which nothing in ' || mapped_kinds.mapping || ' becomes' as what_is_wrong

    from words_of_rules

    inner join mapped_kinds on words_of_rules.kind = mapped_kinds.kind

    left join words_of_mappings
        on words_of_rules.kind = words_of_mappings.kind
        and words_of_rules.word = words_of_mappings.word

    where words_of_mappings.word is null

),

repeated_disqualifiers as (

    select
        definition_version,
        'disqualifiers' as table_name,
        max(rule_id) as rule,
        'can be struck out: ' || min(rule_id) || ' looks for the same' as what_is_wrong

    from disqualifiers

    group by definition_version, signal, operator, value

    having count(*) > 1

),

findings as (

    select * from gates_that_decide_nothing

    union all

    select * from hand_raises_out_of_reach

    union all

    select * from fit_rules_without_effect

    union all

    select * from behaviour_rules_without_effect

    union all

    select * from caps_without_effect

    union all

    select * from unknown_rules_of_caps

    union all

    select * from groups_without_effect

    union all

    select * from rules_that_wait_for_nothing

    union all

    select * from repeated_disqualifiers

)

select * from findings
