with

evidence as (

    select * from {{ ref('int_identity_evidence') }}

),

components as (

    select * from {{ ref('int_identity_components') }}

),

sightings as (

    select
        key_a as identity_key,
        first_seen_at

    from evidence

    union all

    select
        key_b as identity_key,
        first_seen_at

    from evidence

),

keys as (

    select
        identity_key,
        min(first_seen_at) as first_seen_at

    from sightings

    group by identity_key

),

-- The key that was seen first names the person, whatever order the rows come in.
keys_in_order as (

    select
        components.root,
        keys.identity_key,
        keys.first_seen_at,
        row_number() over (
            partition by components.root
            order by keys.first_seen_at nulls last, keys.identity_key
        ) as key_number

    from keys

    inner join components on keys.identity_key = components.node

),

labels as (

    select
        root,
        identity_key as first_key

    from keys_in_order

    where key_number = 1

),

final as (

    select
        keys_in_order.identity_key,
        {{ hash_key(['labels.first_key']) }} as person_id,
        split_part(keys_in_order.identity_key, ':', 1) as key_kind,
        substr(
            keys_in_order.identity_key,
            position(':' in keys_in_order.identity_key) + 1
        ) as key_value,
        labels.first_key,
        keys_in_order.first_seen_at

    from keys_in_order

    inner join labels on keys_in_order.root = labels.root

)

select * from final
