{#- A model of pairs becomes a table of nodes, each with the root of its component. The
    graph is worked on in numbers, which compare and join faster than keys. -#}
{% materialization connected_components, adapter='duckdb' %}
    {%- set existing_relation = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set scratch = 'components_of_' ~ model.name -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {% do number_the_nodes(sql, scratch) %}
    {% do contract_until_nothing_is_left(scratch) %}

    {% if existing_relation is not none and not existing_relation.is_table %}
        {% do adapter.drop_relation(existing_relation) %}
    {% endif %}

    {% call statement('main') -%}
        create or replace table {{ target_relation }} as

        select
            nodes.node,
            roots.root

        from {{ scratch }}_nodes as nodes

        inner join {{ scratch }}_roots as roots on nodes.number = roots.number
    {%- endcall %}

    {% for part in ['nodes', 'roots', 'edges', 'hooks', 'jumps'] %}
        {% do run_query('drop table if exists ' ~ scratch ~ '_' ~ part) %}
    {% endfor %}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do adapter.commit() %}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}


{% macro number_the_nodes(pairs, scratch) %}
    {% call statement('nodes') -%}
        create or replace temp table {{ scratch }}_pairs as {{ pairs }};

        create or replace temp table {{ scratch }}_nodes as

        with

        nodes as (

            select node_a as node from {{ scratch }}_pairs

            union

            select node_b as node from {{ scratch }}_pairs

        )

        select
            node,
            row_number() over (order by node) as number

        from nodes;

        create or replace temp table {{ scratch }}_links as

        select
            nodes_a.number as number_a,
            nodes_b.number as number_b

        from {{ scratch }}_pairs as pairs

        inner join {{ scratch }}_nodes as nodes_a on pairs.node_a = nodes_a.node

        inner join {{ scratch }}_nodes as nodes_b on pairs.node_b = nodes_b.node;

        create or replace temp table {{ scratch }}_roots as

        select
            number,
            number as root

        from {{ scratch }}_nodes;

        drop table {{ scratch }}_pairs;
    {%- endcall %}
    {% do keep_links_between_two_nodes(scratch) %}
{% endmacro %}


{#- In a statement of its own: as a condition of the join before it, `<>` makes DuckDB
    compare every node with every other. -#}
{% macro keep_links_between_two_nodes(scratch) %}
    {% call statement('edges') -%}
        create or replace temp table {{ scratch }}_edges as

        select distinct
            greatest(number_a, number_b) as high,
            least(number_a, number_b) as low

        from {{ scratch }}_links

        where number_a <> number_b;

        drop table {{ scratch }}_links;
    {%- endcall %}
{% endmacro %}


{#- Every node is hooked to its smallest neighbour, pointers jump to the ends of the
    hooks, and what ended up together becomes one node of the next round. A node that
    took none with it in one round is taken along in the next, so two rounds at least
    halve a component, and sixty-four are enough for four thousand million nodes. -#}
{% macro contract_until_nothing_is_left(scratch) %}
    {% set left = namespace(edges=count_of_rows(scratch ~ '_edges')) %}
    {% for _ in range(64) if left.edges > 0 %}
        {% do hook_to_the_smallest_neighbour(scratch) %}
        {% do jump_to_the_end_of_the_hooks(scratch) %}
        {% call statement('contract') -%}
            create or replace temp table {{ scratch }}_roots as

            select
                roots.number,
                coalesce(hooks.root, roots.root) as root

            from {{ scratch }}_roots as roots

            left join {{ scratch }}_hooks as hooks on roots.root = hooks.number;

            create or replace temp table {{ scratch }}_links as

            select
                high_hooks.root as number_a,
                low_hooks.root as number_b

            from {{ scratch }}_edges as edges

            inner join {{ scratch }}_hooks as high_hooks
                on edges.high = high_hooks.number

            inner join {{ scratch }}_hooks as low_hooks on edges.low = low_hooks.number;
        {%- endcall %}
        {% do keep_links_between_two_nodes(scratch) %}
        {% set left.edges = count_of_rows(scratch ~ '_edges') %}
    {% endfor %}
    {% if left.edges > 0 %}
        {% do exceptions.raise_compiler_error(
            model.name ~ ': ' ~ left.edges ~ ' pairs are left after all rounds'
        ) %}
    {% endif %}
{% endmacro %}


{% macro hook_to_the_smallest_neighbour(scratch) %}
    {% call statement('hook') -%}
        create or replace temp table {{ scratch }}_hooks as

        with

        neighbours as (

            select
                high as number,
                low as neighbour

            from {{ scratch }}_edges

            union all

            select
                low as number,
                high as neighbour

            from {{ scratch }}_edges

        )

        select
            number,
            least(number, min(neighbour)) as root

        from neighbours

        group by number
    {%- endcall %}
{% endmacro %}


{#- A jump doubles the way, so sixty-four are more than any chain of hooks needs. Its
    statements are sent together, the count last: that is what is answered. -#}
{% macro jump_to_the_end_of_the_hooks(scratch) %}
    {% set left = namespace(moves=1) %}
    {% for _ in range(64) if left.moves > 0 %}
        {% set jump -%}
            create or replace temp table {{ scratch }}_jumps as

            select
                hooks.number,
                next_hooks.root,
                next_hooks.root <> hooks.root as has_moved

            from {{ scratch }}_hooks as hooks

            inner join {{ scratch }}_hooks as next_hooks
                on hooks.root = next_hooks.number;

            create or replace temp table {{ scratch }}_hooks as

            select
                number,
                root

            from {{ scratch }}_jumps;

            select count(*) as row_count from {{ scratch }}_jumps where has_moved;
        {%- endset %}
        {% set left.moves = run_query(jump).columns[0][0] | int %}
    {% endfor %}
{% endmacro %}


{% macro count_of_rows(rows) %}
    {{ return(
        run_query('select count(*) as row_count from ' ~ rows).columns[0][0] | int
    ) }}
{% endmacro %}
