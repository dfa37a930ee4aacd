{{ config(fail_calc=fail_with_findings()) }}

-- A penalty that fades would let a score rise with no event, and the instant of an MQL
-- would depend on when somebody looks. A row here is such a penalty, a half-life that
-- is none, or a rule whose group does not fit its sign.
with

behaviour_rules as (

    select * from {{ ref('behaviour_rules') }}

),

behaviour_groups as (

    select * from {{ ref('behaviour_groups') }}

),

attribution_models as (

    select * from {{ ref('attribution_models') }}

),

fading_penalties as (

    select
        definition_version,
        'behaviour_rules' as table_name,
        rule_id as rule,
        'is a penalty and has a half-life: empty half_life_days' as what_is_wrong

    from behaviour_rules

    where
        points < 0
        and half_life_days is not null

),

half_lives as (

    select
        definition_version,
        'behaviour_rules' as table_name,
        rule_id as rule,
        half_life_days

    from behaviour_rules

    union all

    select
        definition_version,
        'attribution_models' as table_name,
        attribution_model as rule,
        half_life_days

    from attribution_models

),

impossible_half_lives as (

    select
        definition_version,
        table_name,
        rule,
        'has a half-life that is not above zero' as what_is_wrong

    from half_lives

    where half_life_days <= 0

),

rules_in_wrong_groups as (

    select
        behaviour_rules.definition_version,
        'behaviour_rules' as table_name,
        behaviour_rules.rule_id as rule,
        case
            when behaviour_groups.rule_group is null
                then 'is in a group that behaviour_groups does not have'
            when behaviour_rules.points < 0
                then 'is a penalty in a group with a cap, which would swallow it'
            else 'gives points in a group without a cap'
        end as what_is_wrong

    from behaviour_rules

    left join behaviour_groups
        on behaviour_rules.definition_version = behaviour_groups.definition_version
        and behaviour_rules.rule_group = behaviour_groups.rule_group

    where
        behaviour_groups.rule_group is null
        or (behaviour_rules.points < 0 and behaviour_groups.cap_points is not null)
        or (behaviour_rules.points > 0 and behaviour_groups.cap_points is null)

),

findings as (

    select * from fading_penalties

    union all

    select * from impossible_half_lives

    union all

    select * from rules_in_wrong_groups

)

select * from findings
