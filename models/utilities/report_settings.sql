{%- set settings = {
    'confidence_level': 'double',
    'hidden_sample_minimum': 'integer',
    'lookback_days': 'integer',
    'model_disagreement_limit': 'decimal(18, 6)',
    'path_state_minimum': 'integer',
    'restatement_weeks': 'integer',
    'small_sample_minimum': 'integer',
    'stalled_fallback_days': 'integer',
    'stalled_minimum_exits': 'integer',
    'stalled_percentile': 'double',
    'velocity_window_days': 'integer',
    'weighted_pipeline_window_days': 'integer',
} -%}

with

definition_versions as (

    select * from {{ ref('versions_in_force') }}

),

definition_settings as (

    select * from {{ ref('definition_settings') }}

),

as_of as (

    select * from {{ ref('as_of') }}

),

-- Before the first version a report uses the first.
versions_in_order as (

    select
        definition_versions.definition_version,
        row_number() over (
            order by
                case
                    when definition_versions.valid_from <= as_of.as_of then 0 else 1
                end asc,
                abs({{ seconds_between(
                    'definition_versions.valid_from', 'as_of.as_of'
                ) }}) asc nulls last,
                definition_versions.definition_version asc
        ) as version_number

    from definition_versions

    cross join as_of

),

final as (

    select
        definition_settings.definition_version,
        {% for setting, type in settings.items() -%}
        cast(
            max(
                case
                    when definition_settings.setting = '{{ setting }}'
                        then definition_settings.value
                end
            ) as {{ type }}
        ) as {{ setting }}{{ ',' if not loop.last }}
        {% endfor %}

    from definition_settings

    inner join versions_in_order
        on definition_settings.definition_version = versions_in_order.definition_version

    where versions_in_order.version_number = 1

    group by definition_settings.definition_version

)

select * from final
