with

versions as (

    select * from {{ ref('base_finance__fx_rates') }}

),

newest_versions as (

    {{ newest_versions('versions', ['rate_date', 'currency']) }}

),

final as (

    select
        -- attributes
        currency,

        -- amounts
        eur_per_unit,

        -- timestamps
        rate_date,

        -- export
        _is_deleted,
        _deleted_at,
        _exported_at,
        _source_file,
        _row_number

    from newest_versions

)

select * from final
