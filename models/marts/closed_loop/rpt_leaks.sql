with

leaks as (

    select * from {{ ref('int_leaks') }}

),

leak_kinds as (

    select * from {{ ref('leak_kinds') }}

),

leaks_in_order as (

    select
        leak,
        cast(date_trunc('month', leaked_on) as date) as leak_month,
        amount_eur,
        example_id,
        row_number() over (
            partition by leak, date_trunc('month', leaked_on)
            order by
                abs(amount_eur) desc nulls last,
                leaked_on desc nulls last,
                item_id asc
        ) as example_number

    from leaks

),

leaks_by_month as (

    select
        leak,
        leak_month,
        sum(amount_eur) as amount_eur,
        count(*) as row_count,
        max(case when example_number = 1 then example_id end) as example_id

    from leaks_in_order

    group by leak, leak_month

),

final as (

    select
        -- ids
        {{ hash_key(['leaks_by_month.leak', 'leaks_by_month.leak_month']) }}
            as leak_month_id,
        leaks_by_month.example_id,

        -- attributes
        leaks_by_month.leak,
        leak_kinds.owner_team,
        leak_kinds.label_nl,
        leak_kinds.label_en,
        leak_kinds.what_to_do,
        leak_kinds.example_of,

        -- amounts
        cast(leaks_by_month.amount_eur as decimal(18, 2)) as amount_eur,
        cast(leaks_by_month.row_count as bigint) as rows,

        -- dates
        leaks_by_month.leak_month

    from leaks_by_month

    left join leak_kinds on leaks_by_month.leak = leak_kinds.leak

)

select * from final
