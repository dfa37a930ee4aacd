with

outcomes as (

    select * from {{ ref('int_opportunity_outcomes') }}

),

outcome_changes as (

    select * from {{ ref('int_opportunity_outcome_changes') }}

),

rejection_words as (

    select * from {{ ref('crm_rejection_reasons') }}

),

version_settings as (

    select * from {{ ref('version_settings') }}

),

counted as (

    select * from outcomes

    where outcome <> 'ignored'

),

creations as (

    select
        opportunity_id,
        opportunity_id as receipt_id,
        'opportunity_created' as event,
        created_at as occurred_at

    from counted

),

wins as (

    select
        opportunity_id,
        contract_id as receipt_id,
        'won' as event,
        won_at as occurred_at

    from counted

    where outcome = 'won'

),

-- A loss that is taken back within the grace period was no loss.
losses as (

    select
        outcome_changes.opportunity_id,
        outcome_changes.change_id,
        outcome_changes.occurred_at,
        outcome_changes.next_occurred_at

    from outcome_changes

    inner join counted
        on outcome_changes.opportunity_id = counted.opportunity_id

    inner join version_settings
        on outcome_changes.occurred_at >= version_settings.applies_from
        and outcome_changes.occurred_at < version_settings.applies_to

    where
        outcome_changes.outcome = 'lost'
        and (
            outcome_changes.next_occurred_at is null
            or {{ seconds_between(
                'outcome_changes.occurred_at', 'outcome_changes.next_occurred_at'
            ) }} > version_settings.closure_grace_days * 86400
        )

),

lost as (

    select
        opportunity_id,
        change_id as receipt_id,
        'lost' as event,
        occurred_at

    from losses

),

reopened as (

    select
        opportunity_id,
        change_id || ':reopened' as receipt_id,
        'opportunity_reopened' as event,
        next_occurred_at as occurred_at

    from losses

    where next_occurred_at is not null

),

united as (

    select * from creations

    union all

    select * from wins

    union all

    select * from lost

    union all

    select * from reopened

),

final as (

    select
        united.opportunity_id,
        united.receipt_id,
        united.event,
        united.occurred_at,
        case
            when united.event = 'lost' then rejection_words.reason_code
        end as reason_code

    from united

    inner join counted on united.opportunity_id = counted.opportunity_id

    left join rejection_words
        on lower(trim(counted.loss_reason))
        = lower(trim(rejection_words.crm_reason))

)

select * from final
