with

people as (

    select * from {{ ref('int_people') }}

),

person_accounts as (

    select * from {{ ref('int_person_accounts') }}

),

person_sources as (

    select * from {{ ref('int_person_sources') }}

),

erasures as (

    select * from {{ ref('int_erasures') }}

),

funnel as (

    select * from {{ ref('fct_funnel') }}

),

current_passes as (

    select
        person_id,
        pass_id,
        pass_number,
        current_stage,
        owner_team,
        owner_user_id

    from funnel

    where is_current

),

final as (

    select
        -- ids
        people.person_id,
        person_accounts.account_id,
        current_passes.pass_id as current_pass_id,
        current_passes.owner_user_id,

        -- attributes
        case when erasures.person_id is null then people.email end as email,
        person_sources.sourced_by,
        current_passes.current_stage,
        current_passes.owner_team,

        -- amounts
        cast(people.record_count as integer) as record_count,
        current_passes.pass_number as pass_count,

        -- flags
        erasures.person_id is not null as is_erased,

        -- timestamps
        people.known_at,
        {{ local_month('people.known_at') }} as known_month

    from people

    left join person_accounts on people.person_id = person_accounts.person_id

    left join person_sources on people.person_id = person_sources.person_id

    left join erasures on people.person_id = erasures.person_id

    left join current_passes on people.person_id = current_passes.person_id

)

select * from final
