with

person_attributes as (

    select * from {{ ref('int_person_attributes') }}

),

versions_in_force as (

    select * from {{ ref('versions_in_force') }}

),

fit_rules as (

    select * from {{ ref('fit_rules') }}

),

target_industries as (

    select * from {{ ref('target_industries') }}

),

-- Every list that a fit rule may name, under the name of its seed.
listed_values as (

    select distinct
        'target_industries' as list_name,
        lower(trim(industry)) as listed_value

    from target_industries

),

bands_in_force as (

    select
        fit_rules.definition_version,
        fit_rules.rule_id,
        fit_rules.band_id,
        fit_rules.signal,
        fit_rules.operator,
        lower(trim(fit_rules.value)) as value,
        try_cast(fit_rules.value as double) as lower_value,
        try_cast(fit_rules.upper_value as double) as upper_value,
        {{ as_points('fit_rules.points') }} as points

    from fit_rules

    inner join versions_in_force
        on fit_rules.definition_version = versions_in_force.definition_version

),

-- Of anybody a signal may be missing.
values_seen as (

    select distinct
        signal,
        lower(trim(value)) as value

    from person_attributes

    union all

    select distinct
        signal,
        cast(null as varchar) as value

    from bands_in_force

),

-- A value falls into a band once, not once for each person who has it.
bands_that_match as (

    select
        bands_in_force.definition_version,
        bands_in_force.rule_id,
        bands_in_force.band_id,
        bands_in_force.signal,
        bands_in_force.points,
        values_seen.value,
        row_number() over (
            partition by
                bands_in_force.definition_version,
                bands_in_force.rule_id,
                values_seen.value
            order by
                case when bands_in_force.operator = 'otherwise' then 1 else 0 end
                nulls last,
                bands_in_force.band_id nulls last
        ) as choice

    from bands_in_force

    inner join values_seen on bands_in_force.signal = values_seen.signal

    left join listed_values
        on bands_in_force.value = listed_values.list_name
        and values_seen.value = listed_values.listed_value

    where
        case bands_in_force.operator
            when 'is_missing' then values_seen.value is null
            when 'otherwise' then values_seen.value is not null
            when 'equals' then values_seen.value = bands_in_force.value
            when 'in_list'
                then array_contains(
                    split(bands_in_force.value, ';'), values_seen.value
                )
            when 'in_seed' then listed_values.listed_value is not null
            when 'at_least'
                then try_cast(values_seen.value as double) >= bands_in_force.lower_value
            when 'between'
                then
                    try_cast(values_seen.value as double) >= bands_in_force.lower_value
                    and (
                        bands_in_force.upper_value is null
                        or try_cast(values_seen.value as double)
                        <= bands_in_force.upper_value
                    )
        end

),

final as (

    select
        -- ids
        definition_version,
        rule_id,
        band_id,

        -- attributes
        signal,
        value,

        -- amounts
        points

    from bands_that_match

    where choice = 1

)

select * from final
