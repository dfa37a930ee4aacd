with

definition_versions as (

    select * from {{ ref('definition_versions') }}

    where status in ('active', 'retired')

),

with_instants as (

    select
        definition_version,
        status,
        {{ instant_of_local_time('effective_from', report_time_zone()) }} as valid_from

    from definition_versions

),

final as (

    select
        definition_version,
        status,
        valid_from,
        lead(valid_from) over (order by valid_from nulls last) as valid_to

    from with_instants

)

select * from final
