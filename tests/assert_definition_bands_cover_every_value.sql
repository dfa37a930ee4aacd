{{ config(fail_calc=fail_with_findings()) }}

-- Each value of a signal falls in one band of a rule, and so does a value that is
-- missing. A row here is a rule with a gap or an overlap, or one that does not say what
-- missing and other values get. Numbers of a signal are whole numbers.
with

fit_rules as (

    select
        *,
        rule_id || ' ' || band_id as rule

    from {{ ref('fit_rules') }}

),

target_industries as (

    select * from {{ ref('target_industries') }}

),

score_grades as (

    select * from {{ ref('score_grades') }}

),

axis_floors as (

    select
        definition_version,
        case setting
            when 'fit_floor' then 'fit'
            when 'behaviour_floor' then 'behaviour'
        end as axis,
        try_cast(value as decimal(12, 6)) as floor_points

    from {{ ref('definition_settings') }}

    where setting in ('fit_floor', 'behaviour_floor')

),

rules as (

    select
        definition_version,
        rule_id,
        count(distinct signal) as signal_count,
        count(case when operator = 'is_missing' then 1 end) as missing_count,
        count(case when operator = 'otherwise' then 1 end) as otherwise_count,
        count(case when operator in ('between', 'at_least') then 1 end) as number_count,
        count(
            case when operator in ('equals', 'in_list', 'in_seed') then 1 end
        ) as word_count

    from fit_rules

    group by definition_version, rule_id

),

rules_out_of_shape as (

    select
        definition_version,
        'fit_rules' as table_name,
        rule_id as rule,
        case
            when signal_count > 1 then 'looks at more than one signal'
            when number_count > 0 and word_count > 0
                then 'compares one signal with numbers and with words'
            when missing_count = 0
                then 'does not say what a missing value gets: add is_missing'
            when missing_count > 1 then 'says twice what a missing value gets'
            when otherwise_count = 0
                then 'does not say what any other value gets: add otherwise'
            else 'says twice what any other value gets'
        end as what_is_wrong

    from rules

    where
        signal_count > 1
        or (number_count > 0 and word_count > 0)
        or missing_count <> 1
        or otherwise_count <> 1

),

number_bands as (

    select
        definition_version,
        rule_id,
        rule,
        try_cast(value as decimal(18, 6)) as lower_value,
        case operator
            when 'between' then try_cast(upper_value as decimal(18, 6))
        end as upper_value,
        operator = 'at_least' or upper_value is null as has_no_end

    from fit_rules

    where operator in ('between', 'at_least')

),

unreadable_bands as (

    select
        definition_version,
        'fit_rules' as table_name,
        rule,
        'has an end that is no number, or ends before it begins' as what_is_wrong

    from number_bands

    where
        lower_value is null
        or (upper_value is null and not has_no_end)
        or upper_value < lower_value

),

bands_in_order as (

    select
        definition_version,
        rule,
        lower_value,
        upper_value,
        has_no_end,
        lead(rule) over bands_of_rule as next_rule,
        lead(lower_value) over bands_of_rule as next_lower_value

    from number_bands

    window bands_of_rule as (
        partition by definition_version, rule_id
        order by lower_value nulls last, rule nulls last
    )

),

broken_seams as (

    select
        definition_version,
        'fit_rules' as table_name,
        rule,
        case
            when next_rule is null then 'is the last band and has an end'
            when has_no_end or next_lower_value <= upper_value
                then 'overlaps ' || next_rule
            else 'leaves a gap before ' || next_rule
        end as what_is_wrong

    from bands_in_order

    where
        (next_rule is null and not has_no_end)
        or (next_rule is not null and has_no_end)
        or next_lower_value <> upper_value + 1

),

words_of_bands as (

    select
        definition_version,
        rule_id,
        rule,
        {{ explode("split(lower(value), ';')") }} as word

    from fit_rules

    where operator in ('equals', 'in_list')

    union all

    select
        fit_rules.definition_version,
        fit_rules.rule_id,
        fit_rules.rule,
        lower(trim(target_industries.industry)) as word

    from fit_rules

    inner join target_industries
        on fit_rules.operator = 'in_seed'
        and fit_rules.value = 'target_industries'

),

words_in_two_bands as (

    select
        definition_version,
        'fit_rules' as table_name,
        min(rule) as rule,
        case
            when min(rule) = max(rule) then 'names ' || trim(word) || ' twice'
            else 'overlaps ' || max(rule) || ' at ' || trim(word)
        end as what_is_wrong

    from words_of_bands

    group by definition_version, rule_id, trim(word)

    having count(*) > 1

),

grades_of_axes as (

    select
        definition_version,
        axis,
        min(lower_points) as lowest_points,
        count(*) as grade_count,
        count(distinct lower_points) as distinct_count

    from score_grades

    group by definition_version, axis

),

broken_grades as (

    select
        axis_floors.definition_version,
        'score_grades' as table_name,
        axis_floors.axis as rule,
        case
            when grades_of_axes.axis is null then 'has no grades'
            when grades_of_axes.grade_count > grades_of_axes.distinct_count
                then 'has two grades that begin at the same points'
            else 'has a lowest grade that does not begin at the floor of the axis'
        end as what_is_wrong

    from axis_floors

    left join grades_of_axes
        on axis_floors.definition_version = grades_of_axes.definition_version
        and axis_floors.axis = grades_of_axes.axis

    where
        grades_of_axes.axis is null
        or grades_of_axes.grade_count > grades_of_axes.distinct_count
        or grades_of_axes.lowest_points <> axis_floors.floor_points

),

findings as (

    select * from rules_out_of_shape

    union all

    select * from unreadable_bands

    union all

    select * from broken_seams

    union all

    select * from words_in_two_bands

    union all

    select * from broken_grades

)

select * from findings
