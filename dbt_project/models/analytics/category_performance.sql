with

products as (

    select * from {{ ref('dim_products') }}

),

daily_ratings as (

    select * from {{ ref('int_product_daily_ratings') }}

),

ratings as (

    select
        products.category,
        sum(daily_ratings.rating_sum) as rating_sum

    from daily_ratings
    inner join products on daily_ratings.parent_asin = products.parent_asin
    group by products.category

),

categories as (

    select
        category,
        count(*) as product_count,
        count(*) filter (where review_count > 0) as reviewed_product_count,
        cast(sum(review_count) as bigint) as review_count,
        cast(sum(rating_count) as bigint) as rating_count,
        cast(sum(positive_count) as bigint) as positive_count,
        cast(median(price) as decimal(18, 2)) as median_price

    from products
    group by category

),

final as (

    select
        categories.category,
        categories.product_count,
        categories.reviewed_product_count,
        categories.review_count,
        {{ ratio('ratings.rating_sum', 'categories.rating_count') }} as mean_rating,
        {{ ratio('categories.positive_count', 'categories.rating_count') }} as positive_share,
        categories.median_price

    from categories
    left join ratings on categories.category = ratings.category

)

select * from final
