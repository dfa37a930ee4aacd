-- Which keys are of one person is a question about whole chains of pairs.
{{ config(materialized='connected_components') }}

with

evidence as (

    select * from {{ ref('int_identity_evidence') }}

),

final as (

    select
        key_a as node_a,
        key_b as node_b

    from evidence

)

select * from final
