with

prices as (

    select * from {{ ref('dim_product_prices') }}

),

daily_ratings as (

    select * from {{ ref('int_product_daily_ratings') }}
    where rating_count > 0

),

bursts as (

    select * from {{ ref('review_bursts') }}

),

bad_lines as (

    select * from {{ ref('quality_drops') }}

),

products as (

    select * from {{ ref('dim_products') }}
    -- with fewer ratings there are not enough on either side of any day
    where rating_count >= 2 * {{ var('lowest_reviews_per_side') }}

),

rises as (

    select
        prices.parent_asin,
        prices.valid_from_at,
        cast(prices.valid_from_at as date) as raised_on,
        prices.previous_price as before_price,
        prices.price as after_price,
        products.title

    from prices
    inner join products on prices.parent_asin = products.parent_asin
    left join bad_lines
        on products.store = bad_lines.store
        and products.leaf_category = bad_lines.leaf_category
    where prices.previous_price > 0
        and prices.price >= prices.previous_price * (1 + {{ var('lowest_rise_percent') }} / 100.0)
        -- a line that went bad has another cause for its fall
        and bad_lines.store is null

),

organic_ratings as (

    select daily_ratings.*
    from daily_ratings
    left join bursts
        on daily_ratings.parent_asin = bursts.parent_asin
        and daily_ratings.reviewed_on between bursts.first_on and bursts.last_on
    where bursts.parent_asin is null

),

compared as (

    select
        rises.parent_asin,
        rises.valid_from_at,
        rises.raised_on,
        rises.before_price,
        rises.after_price,
        rises.title,
        sum(case when reviewed_on < raised_on then rating_count else 0 end) as before_count,
        sum(case when reviewed_on < raised_on then rating_sum else 0 end) as before_sum,
        sum(case when reviewed_on < raised_on then rating_square_sum else 0 end) as before_square_sum,
        sum(case when reviewed_on >= raised_on then rating_count else 0 end) as after_count,
        sum(case when reviewed_on >= raised_on then rating_sum else 0 end) as after_sum,
        sum(case when reviewed_on >= raised_on then rating_square_sum else 0 end) as after_square_sum

    from rises
    inner join organic_ratings on rises.parent_asin = organic_ratings.parent_asin
    group by
        rises.parent_asin,
        rises.valid_from_at,
        rises.raised_on,
        rises.before_price,
        rises.after_price,
        rises.title

),

measured as (

    select
        *,
        {{ as_double('before_sum') }} / nullif(before_count, 0) - {{ as_double('after_sum') }} / nullif(after_count, 0) as fall,
        {{ welch_z('before', 'after') }} as z

    from compared
    where before_count >= {{ var('lowest_reviews_per_side') }}
        and after_count >= {{ var('lowest_reviews_per_side') }}

),

-- of several rises of one product, the one that parts its ratings best is the cause
ranked as (

    select
        *,
        row_number() over (partition by parent_asin order by z desc, valid_from_at) as rise_rank

    from measured
    where fall >= {{ var('lowest_drop') }} and z >= {{ var('price_rise_z') }}

),

final as (

    select
        parent_asin,
        title,
        raised_on,
        before_price,
        after_price,
        {{ ratio('100 * (after_price - before_price)', 'before_price') }} as rise_percent,
        cast(before_count as bigint) as before_review_count,
        cast(after_count as bigint) as after_review_count,
        {{ ratio('before_sum', 'before_count') }} as before_mean_rating,
        {{ ratio('after_sum', 'after_count') }} as after_mean_rating,
        {{ round_to('fall', 4) }} as rating_drop,
        z as z_score

    from ranked
    where rise_rank = 1

)

select * from final
