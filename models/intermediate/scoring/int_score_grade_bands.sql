with

score_grades as (

    select * from {{ ref('score_grades') }}

),

grades as (

    select
        definition_version,
        axis,
        grade,
        {{ as_points('lower_points') }} as lower_points

    from score_grades

),

-- A band ends where the next higher one begins; the highest has no end.
final as (

    select
        definition_version,
        axis,
        grade,
        lower_points,
        lead(lower_points) over (
            partition by definition_version, axis
            order by lower_points nulls last, grade nulls last
        ) as upper_points

    from grades

)

select * from final
