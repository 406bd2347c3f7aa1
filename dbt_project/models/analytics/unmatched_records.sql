with

products as (

    select * from {{ ref('dim_products') }}

),

daily_ratings as (

    select * from {{ ref('int_product_daily_ratings') }}

),

-- a product is in this list because somebody has reviewed it, whether or not it is loaded
reviewed as (

    select
        parent_asin,
        sum(review_count) as review_count

    from daily_ratings
    group by parent_asin

),

final as (

    select
        'products' as table_name,
        count(*) as row_count,
        count(case when review_count = 0 then 1 end) as unmatched_count

    from products

    union all

    select
        'reviews' as table_name,
        cast(coalesce(sum(reviewed.review_count), 0) as bigint) as row_count,
        cast(coalesce(sum(case when products.parent_asin is null then reviewed.review_count end), 0) as bigint) as unmatched_count

    from reviewed
    left join products on reviewed.parent_asin = products.parent_asin

)

select * from final
