{#- A model of pairs becomes a table of nodes, each with the root of its component. The
    graph is worked on in numbers, which compare and join faster than keys. -#}
{% materialization connected_components, adapter='duckdb' %}
    {%- set existing_relation = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set scratch = 'components_of_' ~ model.name -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {% set left = namespace(edges=number_the_nodes(sql, scratch)) %}
    {#- A node that took none with it in one round is taken along in the next, so two
        rounds at least halve a component, and sixty-four are enough for four thousand
        million nodes. -#}
    {% set rounds = [] %}
    {% for round in range(1, 65) if left.edges > 0 %}
        {% do hook_to_the_smallest_neighbour(scratch, round) %}
        {% set left.edges = contract(scratch, round) %}
        {% do rounds.append(round) %}
    {% endfor %}
    {% if left.edges > 0 %}
        {% do exceptions.raise_compiler_error(
            model.name ~ ': ' ~ left.edges ~ ' pairs are left after all rounds'
        ) %}
    {% endif %}
    {% do follow_the_hooks(scratch, rounds) %}

    {% if existing_relation is not none and not existing_relation.is_table %}
        {% do adapter.drop_relation(existing_relation) %}
    {% endif %}

    {% call statement('main') -%}
        create or replace table {{ target_relation }} as

        select
            nodes.node,
            coalesce(hooks.root, nodes.number) as root

        from {{ scratch }}_nodes as nodes

        left join {{ scratch }}_hooks_1 as hooks on nodes.number = hooks.number
    {%- endcall %}

    {% set leftovers = ['nodes', 'links', 'edges', 'hooks_1'] %}
    {% for round in rounds[1:] %}
        {% do leftovers.append('hooks_' ~ round) %}
    {% endfor %}
    {% set drops -%}
        {% for part in leftovers %}
            drop table {{ scratch }}_{{ part }};
        {% endfor %}
    {%- endset %}
    {% do run_query(drops) %}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do adapter.commit() %}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}


{#- Statements that follow each other are sent together, here and below: what dbt takes
    for each is more than most of them do. The last one is answered: how many edges the
    graph has. -#}
{% macro number_the_nodes(pairs, scratch) %}
    {% set statements -%}
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

        drop table {{ scratch }}_pairs;

        {{ edges_of_links(scratch) }}
    {%- endset %}
    {{ return(answer_of(statements)) }}
{% endmacro %}


{#- In a statement of its own: as a condition of the join before it, `<>` makes DuckDB
    compare every node with every other. -#}
{% macro edges_of_links(scratch) %}
    create or replace temp table {{ scratch }}_edges as

    select distinct
        greatest(number_a, number_b) as high,
        least(number_a, number_b) as low

    from {{ scratch }}_links

    where number_a <> number_b;

    select count(*) as row_count from {{ scratch }}_edges
{% endmacro %}


{#- Every node is hooked to its smallest neighbour, and then to where that one is hooked,
    until all are at the end of their chain. A jump doubles the way, so sixty-four are
    more than any chain needs, and few need more than the first three. -#}
{% macro hook_to_the_smallest_neighbour(scratch, round) %}
    {% set hooks = scratch ~ '_hooks_' ~ round %}
    {% set jump -%}
        create or replace temp table {{ hooks }} as

        select
            hooks.number,
            next_hooks.root,
            next_hooks.root <> hooks.root as has_moved

        from {{ hooks }} as hooks

        inner join {{ hooks }} as next_hooks on hooks.root = next_hooks.number;
    {%- endset %}
    {% set moved -%}
        select count(*) as row_count from {{ hooks }} where has_moved
    {%- endset %}
    {% set hook -%}
        create or replace temp table {{ hooks }} as

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

        group by number;
    {%- endset %}
    {% set left = namespace(moves=answer_of(hook ~ jump * 3 ~ moved)) %}
    {% for _ in range(64) if left.moves > 0 %}
        {% set left.moves = answer_of(jump ~ moved) %}
    {% endfor %}
{% endmacro %}


{#- What ended up together becomes one node of the next round; the answer is how many
    edges it has. -#}
{% macro contract(scratch, round) %}
    {% set hooks = scratch ~ '_hooks_' ~ round %}
    {% set statements -%}
        create or replace temp table {{ scratch }}_links as

        select
            high_hooks.root as number_a,
            low_hooks.root as number_b

        from {{ scratch }}_edges as edges

        inner join {{ hooks }} as high_hooks on edges.high = high_hooks.number

        inner join {{ hooks }} as low_hooks on edges.low = low_hooks.number;

        {{ edges_of_links(scratch) }}
    {%- endset %}
    {{ return(answer_of(statements)) }}
{% endmacro %}


{#- Where a node was hooked in one round was itself hooked in the next. From the last
    round to the first each takes along what the next one says; later rounds are small. A
    graph without an edge has no hooks. -#}
{% macro follow_the_hooks(scratch, rounds) %}
    {% set statements -%}
        {% for round in rounds[:-1] | reverse %}
            create or replace temp table {{ scratch }}_hooks_{{ round }} as

            select
                hooks.number,
                coalesce(later_hooks.root, hooks.root) as root

            from {{ scratch }}_hooks_{{ round }} as hooks

            left join {{ scratch }}_hooks_{{ round + 1 }} as later_hooks
                on hooks.root = later_hooks.number;
        {% endfor %}
        {% if not rounds %}
            create or replace temp table {{ scratch }}_hooks_1 as

            select
                number,
                number as root

            from {{ scratch }}_nodes

            where 1 = 0;
        {% endif %}
    {%- endset %}
    {% if rounds | length != 1 %}
        {% do run_query(statements) %}
    {% endif %}
{% endmacro %}


{% macro answer_of(statements) %}
    {{ return(run_query(statements).columns[0][0] | int) }}
{% endmacro %}
