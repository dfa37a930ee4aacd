-- A model of the agreement that weighs channels divides by what the chain or the game
-- gives them. A row here is one that nobody has a formula for.
with

attribution_models as (

    select * from {{ ref('attribution_models') }}

),

channel_effects as (

    select * from {{ ref('int_channel_effects') }}

),

channel_sets as (

    select * from {{ ref('int_channel_sets') }}

),

models as (

    select distinct attribution_model

    from attribution_models

    where position = 'channel'

),

models_with_formula as (

    select distinct attribution_model

    from channel_effects

),

-- Without a path there is nothing to work out.
paths as (

    select count(*) as set_count

    from channel_sets

    having count(*) > 0

),

final as (

    select models.attribution_model

    from models

    cross join paths

    left join models_with_formula
        on models.attribution_model = models_with_formula.attribution_model

    where models_with_formula.attribution_model is null

)

select * from final
