with

products as (

    select * from {{ ref('stg_products') }}

),

daily_ratings as (

    select * from {{ ref('int_product_daily_ratings') }}

),

ratings as (

    select
        parent_asin,
        sum(review_count) as review_count,
        sum(rating_count) as rating_count,
        cast(sum(rating_sum) as decimal(18, 2)) as rating_sum,
        sum(positive_count) as positive_count,
        min(reviewed_on) as first_reviewed_on,
        max(reviewed_on) as last_reviewed_on

    from daily_ratings
    group by parent_asin

),

classified as (

    select
        *,
        coalesce(
            nullif(trim(main_category), ''),
            nullif(trim({{ json_list_item('categories', 'first') }}), ''),
            'Unknown'
        ) as category,
        nullif(trim({{ json_list_item('categories', 'last') }}), '') as leaf_category

    from products

),

final as (

    select
        classified.parent_asin,
        classified.title,
        classified.subtitle,
        classified.author,
        classified.store,
        classified.category,
        classified.leaf_category,
        classified.store || ' / ' || classified.leaf_category as product_line,
        classified.price,
        classified.price_text,
        classified.site_rating,
        classified.site_rating_count,
        cast(coalesce(ratings.review_count, 0) as bigint) as review_count,
        cast(coalesce(ratings.rating_count, 0) as bigint) as rating_count,
        coalesce(ratings.rating_sum, 0) as rating_sum,
        cast(coalesce(ratings.positive_count, 0) as bigint) as positive_count,
        {{ ratio('ratings.rating_sum', 'ratings.rating_count') }} as mean_rating,
        ratings.first_reviewed_on,
        ratings.last_reviewed_on

    from classified
    left join ratings on classified.parent_asin = ratings.parent_asin

)

select * from final
