{%- set settings = {
    'back_dating_days': 'integer',
    'confidence_level': 'decimal(18, 6)',
    'hidden_sample_minimum': 'integer',
    'lookback_days': 'integer',
    'maturity_days_inquiry_won': 'integer',
    'maturity_days_lost_recovery': 'integer',
    'model_disagreement_limit': 'decimal(18, 6)',
    'path_state_minimum': 'integer',
    'restatement_weeks': 'integer',
    'small_sample_minimum': 'integer',
    'stalled_fallback_days': 'integer',
    'stalled_minimum_exits': 'integer',
    'stalled_percentile': 'decimal(18, 6)',
    'velocity_window_days': 'integer',
    'weighted_pipeline_window_days': 'integer',
} -%}

with

as_of as (

    select * from {{ ref('as_of') }}

),

definition_versions as (

    select * from {{ ref('versions_in_force') }}

),

definition_settings as (

    select * from {{ ref('definition_settings') }}

),

-- Where none was in force, as before the first, the newest agreement has to do.
ranked_versions as (

    select
        definition_versions.definition_version,
        row_number() over (
            order by
                case
                    when
                        definition_versions.valid_from <= as_of.as_of
                        and (
                            definition_versions.valid_to is null
                            or as_of.as_of < definition_versions.valid_to
                        )
                        then 0
                    else 1
                end,
                definition_versions.valid_from desc nulls last,
                definition_versions.definition_version desc nulls last
        ) as version_number

    from definition_versions

    cross join as_of

),

settings_of_the_version as (

    select
        definition_settings.definition_version,
        definition_settings.setting,
        definition_settings.value

    from ranked_versions

    inner join definition_settings
        on ranked_versions.definition_version = definition_settings.definition_version

    where ranked_versions.version_number = 1

),

-- The agreement keeps a setting a row; a report wants them side by side.
final as (

    select
        {% for setting, type in settings.items() %}
            cast(
                max(case when setting = '{{ setting }}' then value end) as {{ type }}
            ) as {{ setting }},
        {% endfor %}
        definition_version

    from settings_of_the_version

    group by definition_version

)

select * from final
