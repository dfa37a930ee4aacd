with

opportunities as (

    select * from {{ ref('stg_salesforce__opportunities') }}

),

outcome_changes as (

    select * from {{ ref('int_opportunity_outcome_changes') }}

),

contracts as (

    select * from {{ ref('stg_finance__contracts') }}

),

account_masters as (

    select * from {{ ref('int_account_masters') }}

),

as_of as (

    select * from {{ ref('as_of') }}

),

crm_outcomes as (

    select
        opportunity_id,
        max(case when next_outcome is null then outcome end) as last_outcome,
        max(
            case when next_outcome is null and outcome = 'lost' then occurred_at end
        ) as lost_at,
        max(
            case
                when outcome = 'won' and next_outcome is not null
                    then next_occurred_at
            end
        ) as left_win_at

    from outcome_changes

    group by opportunity_id

),

signed as (

    select
        opportunity_id,
        min(signed_on) as signed_on,
        min(contract_id) as contract_id

    from contracts

    where not _is_deleted

    group by opportunity_id

),

joined as (

    select
        opportunities.opportunity_id,
        -- Of an account that no export has, nobody knows what became of it.
        coalesce(account_masters.master_account_id, opportunities.account_id)
            as account_id,
        opportunities.campaign_id,
        opportunities.owner_id as owner_user_id,
        opportunities.opportunity_type,
        opportunities.stage_name,
        opportunities.amount,
        opportunities.currency,
        opportunities.close_date,
        opportunities.loss_reason,
        opportunities._is_deleted
        or coalesce(opportunities.is_deleted_in_crm, false) as is_deleted,
        opportunities.created_at,
        signed.contract_id,
        signed.signed_on,
        case
            when signed.signed_on is not null
                then {{ end_of_known_day('signed.signed_on', 'as_of.as_of') }}
        end as signed_at,
        coalesce(crm_outcomes.last_outcome, 'open') as crm_outcome,
        crm_outcomes.lost_at,
        case
            when crm_outcomes.last_outcome <> 'won' then crm_outcomes.left_win_at
        end as reversed_at

    from opportunities

    left join crm_outcomes
        on opportunities.opportunity_id = crm_outcomes.opportunity_id

    left join signed on opportunities.opportunity_id = signed.opportunity_id

    left join account_masters
        on opportunities.account_id = account_masters.account_id

    cross join as_of

),

-- A win needs its receipt, the contract, and must still stand in the CRM.
final as (

    select
        -- ids
        opportunity_id,
        account_id,
        campaign_id,
        owner_user_id,
        contract_id,

        -- attributes
        opportunity_type,
        stage_name,
        crm_outcome,
        case
            when is_deleted or crm_outcome = 'ignored' then 'ignored'
            when
                contract_id is not null
                and reversed_at is null
                and crm_outcome <> 'lost'
                then 'won'
            when crm_outcome = 'lost' then 'lost'
            else 'open'
        end as outcome,
        loss_reason,

        -- amounts
        amount,
        currency,

        -- flags
        is_deleted,
        reversed_at is not null as is_win_reversed,

        -- dates and timestamps
        close_date,
        signed_on,
        created_at,
        case
            when signed_at is not null then greatest(signed_at, created_at)
        end as won_at,
        lost_at,
        reversed_at

    from joined

)

select * from final
