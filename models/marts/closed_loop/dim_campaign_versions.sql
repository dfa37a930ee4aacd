with

campaign_rows as (

    select * from {{ ref('base_salesforce__campaigns') }}

    where _quarantine_reason is null

),

dump_instants as (

    select distinct _exported_at as exported_at

    from {{ ref('base_salesforce__campaigns') }}

    where _exported_at is not null

),

dumps as (

    select
        exported_at,
        lead(exported_at) over (order by exported_at nulls last) as next_dump_at

    from dump_instants

),

-- Between rows of one dump that say different things, as everywhere the greater hash.
rows_in_order as (

    select
        campaign_id,
        campaign_name,
        campaign_type,
        is_deleted_in_crm,
        _exported_at as exported_at,
        row_number() over (
            partition by campaign_id, _exported_at
            order by
                _row_hash desc nulls last,
                _source_file asc nulls last,
                _row_number asc nulls last
        ) as row_order,
        max(_exported_at) over (partition by campaign_id) as last_exported_at

    from campaign_rows

),

shown as (

    select
        campaign_id,
        campaign_name,
        campaign_type,
        is_deleted_in_crm as is_deleted,
        exported_at,
        last_exported_at

    from rows_in_order

    where row_order = 1

),

-- A campaign that a dump no longer has keeps what it was last called.
states as (

    select
        campaign_id,
        campaign_name,
        campaign_type,
        is_deleted,
        exported_at

    from shown

    union all

    select
        shown.campaign_id,
        shown.campaign_name,
        shown.campaign_type,
        true as is_deleted,
        dumps.next_dump_at as exported_at

    from shown

    inner join dumps on shown.last_exported_at = dumps.exported_at

    where
        shown.exported_at = shown.last_exported_at
        and dumps.next_dump_at is not null

),

with_previous as (

    select
        campaign_id,
        campaign_name,
        campaign_type,
        is_deleted,
        exported_at,
        row_number() over states_of_campaign as state_number,
        lag(campaign_name) over states_of_campaign as previous_name,
        lag(campaign_type) over states_of_campaign as previous_type,
        lag(is_deleted) over states_of_campaign as was_deleted

    from states

    window states_of_campaign as (
        partition by campaign_id
        order by exported_at nulls last
    )

),

changes as (

    select
        campaign_id,
        campaign_name,
        campaign_type,
        is_deleted,
        exported_at

    from with_previous

    where
        state_number = 1
        or campaign_name is distinct from previous_name
        or campaign_type is distinct from previous_type
        or is_deleted is distinct from was_deleted

),

-- What a campaign was called before the first export is what it was called in it.
with_spans as (

    select
        campaign_id,
        campaign_name,
        campaign_type,
        is_deleted,
        exported_at,
        row_number() over changes_of_campaign as version_number,
        lead(exported_at) over changes_of_campaign as valid_to

    from changes

    window changes_of_campaign as (
        partition by campaign_id
        order by exported_at nulls last
    )

),

final as (

    select
        -- ids
        campaign_id,
        cast(version_number as integer) as version_number,

        -- attributes
        campaign_name,
        campaign_type,

        -- flags
        is_deleted,
        valid_to is null as is_current,

        -- timestamps
        case when version_number > 1 then exported_at end as valid_from,
        valid_to

    from with_spans

)

select * from final
