-- One column more.
%%writefile dbt/models/marts/store_december.sql
select
    products.store,
    count(distinct products.parent_asin) as product_count,
    count(reviews.review_id) as review_count,
    sum(reviews.rating) as rating_sum,
    {{ ratio('sum(reviews.rating)', 'count(reviews.rating)') }} as mean_rating
from {{ ref('dim_products') }} as products
left join {{ ref('fct_reviews') }} as reviews
    on products.parent_asin = reviews.parent_asin
    and reviews.reviewed_on between '2025-12-01' and '2025-12-31'
group by products.store
