with

as_of as (

    select * from {{ ref('as_of') }}

),

report_settings as (

    select * from {{ ref('report_settings') }}

),

opportunities as (

    select * from {{ ref('fct_opportunities') }}

),

crm_opportunities as (

    select * from {{ ref('stg_salesforce__opportunities') }}

),

stage_periods as (

    select * from {{ ref('int_opportunity_stage_periods') }}

),

stalled_limits as (

    select * from {{ ref('int_stalled_limits') }}

),

rates_as_of as (

    select * from {{ ref('int_rates_as_of') }}

),

created_amounts as (

    select * from {{ ref('int_created_amounts') }}

),

open_opportunities as (

    select
        *,
        lower(trim(crm_stage_name)) as crm_stage

    from opportunities

    where outcome = 'open'

),

closed_in_the_window as (

    select
        opportunities.opportunity_id,
        opportunities.outcome

    from opportunities

    cross join as_of

    cross join report_settings

    where
        opportunities.closed_on <= as_of.as_of_date_local
        and {{ days_between_dates(
            'opportunities.closed_on', 'as_of.as_of_date_local'
        ) }} < report_settings.weighted_pipeline_window_days

),

-- A deal that came back to a stage was in it once.
stages_of_opportunities as (

    select distinct
        opportunity_id,
        crm_stage

    from stage_periods

),

win_rates as (

    select
        stages_of_opportunities.crm_stage,
        count(*) as closed_count,
        cast(
            cast(
                sum(case closed_in_the_window.outcome when 'won' then 1 else 0 end)
                as double
            )
            / nullif(count(*), 0)
            as decimal(18, 6)
        ) as win_rate

    from stages_of_opportunities

    inner join closed_in_the_window
        on stages_of_opportunities.opportunity_id = closed_in_the_window.opportunity_id

    group by stages_of_opportunities.crm_stage

),

current_periods as (

    select
        opportunity_id,
        valid_from

    from stage_periods

    where valid_to is null

),

with_amounts as (

    select
        open_opportunities.opportunity_id,
        open_opportunities.account_id,
        open_opportunities.owner_user_id,
        open_opportunities.primary_pass_id,
        open_opportunities.primary_person_id,
        open_opportunities.crm_stage_name,
        open_opportunities.crm_stage,
        open_opportunities.sourced_by,
        open_opportunities.amount,
        open_opportunities.currency,
        {{ convert_to_eur(
            'open_opportunities.amount',
            'open_opportunities.currency',
            'rates_as_of.eur_per_unit',
            'as_of.as_of_date_local'
        ) }} as amount_eur,
        created_amounts.created_amount_eur,
        crm_opportunities.probability,
        {{ seconds_between('open_opportunities.created_at', 'as_of.as_of') }} / 86400.0
            as age_days,
        cast(
            {{ seconds_between('current_periods.valid_from', 'as_of.as_of') }} / 86400.0
            as decimal(18, 6)
        ) as days_in_crm_stage,
        coalesce(
            open_opportunities.close_date < as_of.as_of_date_local, false
        ) as is_past_close_date,
        open_opportunities.close_date,
        open_opportunities.created_at

    from open_opportunities

    cross join as_of

    left join crm_opportunities
        on open_opportunities.opportunity_id = crm_opportunities.opportunity_id

    left join rates_as_of on open_opportunities.currency = rates_as_of.currency

    left join created_amounts
        on open_opportunities.opportunity_id = created_amounts.opportunity_id

    left join current_periods
        on open_opportunities.opportunity_id = current_periods.opportunity_id

),

-- With nineteen digits on one side the product fits; two times eighteen would overflow.
final as (

    select
        -- ids
        with_amounts.opportunity_id,
        with_amounts.account_id,
        with_amounts.owner_user_id,
        with_amounts.primary_pass_id,
        with_amounts.primary_person_id,

        -- attributes
        with_amounts.crm_stage_name,
        with_amounts.sourced_by,
        stalled_limits.stalled_limit_source,

        -- amounts
        cast(with_amounts.amount as decimal(18, 2)) as amount,
        with_amounts.currency,
        cast(with_amounts.amount_eur as decimal(18, 2)) as amount_eur,
        cast(with_amounts.created_amount_eur as decimal(18, 2)) as created_amount_eur,
        cast(with_amounts.probability * 0.01 as decimal(18, 6)) as crm_probability,
        cast(
            cast(with_amounts.amount_eur as decimal(19, 2))
            * cast(with_amounts.probability * 0.01 as decimal(18, 6))
            as decimal(18, 2)
        ) as crm_weighted_amount_eur,
        cast(win_rates.win_rate as decimal(18, 6)) as historic_win_rate,
        cast(coalesce(win_rates.closed_count, 0) as bigint) as historic_closed_count,
        cast(
            cast(with_amounts.amount_eur as decimal(19, 2)) * win_rates.win_rate
            as decimal(18, 2)
        ) as weighted_amount_eur,
        cast(with_amounts.age_days as decimal(18, 6)) as age_days,
        with_amounts.days_in_crm_stage,
        cast(stalled_limits.stalled_limit_days as decimal(18, 6))
            as stalled_limit_days,

        -- flags
        with_amounts.is_past_close_date,
        coalesce(
            with_amounts.days_in_crm_stage > stalled_limits.stalled_limit_days, false
        ) as is_stalled,

        -- dates and timestamps
        with_amounts.close_date,
        cast(date_trunc('quarter', with_amounts.close_date) as date)
            as closing_quarter,
        with_amounts.created_at

    from with_amounts

    left join win_rates on with_amounts.crm_stage = win_rates.crm_stage

    left join stalled_limits
        on with_amounts.crm_stage = stalled_limits.stage
        and stalled_limits.stage_kind = 'crm'

)

select * from final
