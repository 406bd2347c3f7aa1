with

products as (

    select * from {{ ref('dim_products') }}

),

priced as (

    select
        category,
        price,
        row_number() over (partition by category order by price, parent_asin) as price_rank,
        count(*) over (partition by category) as price_count

    from products
    where price is not null

),

-- the price in the middle, or the two beside it: exact, where a median of binary fractions may be a cent off
median_prices as (

    select
        category,
        cast((min(price) + max(price)) * 0.5 as decimal(18, 2)) as median_price

    from priced
    where price_rank * 2 between price_count and price_count + 2
    group by category

),

by_category as (

    select
        category,
        count(*) as product_count,
        count(case when review_count > 0 then 1 end) as reviewed_product_count,
        cast(sum(review_count) as bigint) as review_count,
        cast(sum(rating_count) as bigint) as rating_count,
        {{ ratio('sum(rating_sum)', 'sum(rating_count)') }} as mean_rating,
        {{ ratio('sum(positive_count)', 'sum(rating_count)') }} as positive_share

    from products
    group by category

),

final as (

    select
        by_category.category,
        by_category.product_count,
        by_category.reviewed_product_count,
        by_category.review_count,
        by_category.rating_count,
        by_category.mean_rating,
        by_category.positive_share,
        median_prices.median_price

    from by_category
    left join median_prices on by_category.category = median_prices.category

)

select * from final
