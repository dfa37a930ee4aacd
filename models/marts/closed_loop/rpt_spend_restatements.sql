with

as_of as (

    select * from {{ ref('as_of') }}

),

dates as (

    select * from {{ ref('dates') }}

),

report_settings as (

    select * from {{ ref('report_settings') }}

),

spend_versions as (

    select * from {{ ref('int_spend_versions') }}

),

mondays as (

    select distinct
        week_start,
        cast(week_start - interval '7' day as date) as previous_week_start

    from dates

),

reports as (

    select
        mondays.week_start,
        mondays.previous_week_start,
        {{ local_day_start('mondays.week_start') }} as reported_at,
        {{ local_day_start('mondays.previous_week_start') }} as previous_reported_at

    from mondays

    cross join as_of

    cross join report_settings

    where
        mondays.week_start <= as_of.as_of_date_local
        and mondays.week_start > cast(
            as_of.as_of_date_local
            - report_settings.restatement_weeks * interval '7' day as date
        )

),

platforms as (

    select distinct platform

    from spend_versions

),

-- Days that the report before had behind it. Those of the week between the two are new
-- spend, not spend that was known otherwise.
closed_days as (

    select
        reports.week_start,
        spend_versions.platform,
        spend_versions.spend_id,
        spend_versions.campaign_id,
        spend_versions.spend_date,
        max(
            case
                when
                    spend_versions.superseded_at is null
                    or spend_versions.superseded_at > reports.reported_at
                    then spend_versions.spend_version_id
            end
        ) as spend_version_id,
        max(
            case
                when
                    spend_versions.stated_at <= reports.previous_reported_at
                    and (
                        spend_versions.superseded_at is null
                        or spend_versions.superseded_at > reports.previous_reported_at
                    )
                    then spend_versions.spend_version_id
            end
        ) as previous_spend_version_id

    from reports

    inner join spend_versions
        on reports.previous_week_start > spend_versions.spend_date
        and reports.reported_at >= spend_versions.stated_at

    group by
        reports.week_start,
        spend_versions.platform,
        spend_versions.spend_id,
        spend_versions.campaign_id,
        spend_versions.spend_date

),

changed_days as (

    select
        closed_days.week_start,
        closed_days.platform,
        closed_days.spend_id,
        closed_days.campaign_id,
        closed_days.spend_date,
        current_versions.cost_eur,
        previous_versions.cost_eur as previous_cost_eur,
        current_versions.cost_eur - previous_versions.cost_eur as change_eur,
        closed_days.spend_version_id <> closed_days.previous_spend_version_id
            as is_restated

    from closed_days

    inner join spend_versions as current_versions
        on closed_days.spend_version_id = current_versions.spend_version_id

    left join spend_versions as previous_versions
        on closed_days.previous_spend_version_id = previous_versions.spend_version_id

),

changes_in_order as (

    select
        *,
        row_number() over (
            partition by week_start, platform
            order by
                case when is_restated then abs(change_eur) end desc nulls last,
                spend_date asc nulls last,
                spend_id asc
        ) as change_number

    from changed_days

),

changes_by_report as (

    select
        week_start,
        platform,
        sum(previous_cost_eur) as previous_spend_eur,
        sum(cost_eur) as spend_eur,
        sum(case when is_restated then change_eur end) as restated_eur,
        sum(case when previous_cost_eur is null then cost_eur end) as late_eur,
        sum(case when is_restated then 1 else 0 end) as restated_day_count,
        sum(case when previous_cost_eur is null then 1 else 0 end) as late_day_count,
        max(case when change_number = 1 and is_restated then spend_id end)
            as largest_spend_id,
        max(case when change_number = 1 and is_restated then campaign_id end)
            as largest_campaign_id,
        max(case when change_number = 1 and is_restated then spend_date end)
            as largest_spend_date,
        max(case when change_number = 1 and is_restated then change_eur end)
            as largest_change_eur

    from changes_in_order

    group by week_start, platform

),

final as (

    select
        -- ids
        {{ hash_key(['reports.week_start', 'platforms.platform']) }}
            as spend_restatement_id,
        platforms.platform,

        -- attributes
        {{ iso_week_label('reports.week_start') }} as iso_week,

        -- amounts
        cast(
            coalesce(changes_by_report.previous_spend_eur, 0) as decimal(18, 2)
        ) as previous_spend_eur,
        cast(coalesce(changes_by_report.spend_eur, 0) as decimal(18, 2)) as spend_eur,
        cast(
            coalesce(changes_by_report.spend_eur, 0)
            - coalesce(changes_by_report.previous_spend_eur, 0)
            as decimal(18, 2)
        ) as delta_eur,
        cast(
            coalesce(changes_by_report.restated_eur, 0) as decimal(18, 2)
        ) as restated_eur,
        cast(coalesce(changes_by_report.late_eur, 0) as decimal(18, 2)) as late_eur,
        cast(coalesce(changes_by_report.restated_day_count, 0) as integer)
            as restated_day_count,
        cast(coalesce(changes_by_report.late_day_count, 0) as integer)
            as late_day_count,

        -- the day that changed most
        changes_by_report.largest_spend_id,
        changes_by_report.largest_campaign_id,
        changes_by_report.largest_spend_date,
        cast(changes_by_report.largest_change_eur as decimal(18, 2))
            as largest_change_eur,

        -- dates and timestamps
        reports.week_start,
        reports.previous_reported_at,
        reports.reported_at

    from reports

    cross join platforms

    left join changes_by_report
        on reports.week_start = changes_by_report.week_start
        and platforms.platform = changes_by_report.platform

)

select * from final
