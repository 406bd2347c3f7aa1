with

reviews as (

    select * from {{ ref('fct_reviews') }}

),

daily as (

    select
        parent_asin,
        reviewed_on,
        count(*) as review_count,
        count(rating) as rating_count,
        coalesce(sum(rating), 0) as rating_sum,
        coalesce(sum(rating * rating), 0) as rating_square_sum,
        count(*) filter (where rating >= 4) as positive_count,
        count(*) filter (where rating = 5 and not is_verified_purchase) as five_star_unverified_count

    from reviews
    group by parent_asin, reviewed_on

)

select * from daily
