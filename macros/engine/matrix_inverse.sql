{% macro matrix_inverse(cells) -%}
    {{ return(adapter.dispatch('matrix_inverse')(cells)) }}
{%- endmacro %}


{#- Gauss and Jordan in place, a pivot a step, with a row of the matrix as a list: then a
    step joins as many rows as the matrix has, and not as many as it has cells. -#}
{% macro default__matrix_inverse(cells) -%}
    with recursive

    matrix_size as (

        select count(distinct row_number) as row_count

        from {{ cells }}

    ),

    elimination as (

        select
            cast(0 as bigint) as pivot_number,
            cast(row_number as bigint) as row_number,
            array_agg(
                cast(value as double) order by column_number nulls last
            ) as row_values

        from {{ cells }}

        group by row_number

        union all

        select
            pivot_rows.row_number as pivot_number,
            elimination.row_number,
            case
                when elimination.row_number = pivot_rows.row_number
                    then list_transform(
                        elimination.row_values,
                        (cell, number) -> case
                            when number = pivot_rows.row_number then 1 / cell
                            else cell / pivot_rows.row_values[pivot_rows.row_number]
                        end
                    )
                else list_transform(
                    elimination.row_values,
                    (cell, number) -> case
                        when number = pivot_rows.row_number
                            then
                                -cell
                                / pivot_rows.row_values[pivot_rows.row_number]
                        else
                            cell
                            - elimination.row_values[pivot_rows.row_number]
                            * pivot_rows.row_values[number]
                            / pivot_rows.row_values[pivot_rows.row_number]
                    end
                )
            end as row_values

        from elimination

        inner join elimination as pivot_rows
            on elimination.pivot_number + 1 = pivot_rows.row_number

    ),

    inverse as (

        select
            elimination.row_number,
            {{ explode_with_number(
                'elimination.row_values', 'value', 'column_number'
            ) }}

        from elimination

        inner join matrix_size
            on elimination.pivot_number = matrix_size.row_count

    )

    select
        row_number,
        column_number,
        value

    from inverse
{%- endmacro %}
