with

products as (

    select * from {{ ref('dim_products') }}

),

final as (

    select
        category,
        count(*) as product_count,
        count(*) filter (where review_count > 0) as reviewed_product_count,
        cast(sum(review_count) as bigint) as review_count,
        cast(sum(rating_count) as bigint) as rating_count,
        {{ ratio('sum(rating_sum)', 'sum(rating_count)') }} as mean_rating,
        {{ ratio('sum(positive_count)', 'sum(rating_count)') }} as positive_share,
        cast(median(price) as decimal(18, 2)) as median_price

    from products
    group by category

)

select * from final
