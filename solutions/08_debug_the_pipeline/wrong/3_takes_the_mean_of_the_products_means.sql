-- Takes the mean of the products' means.
-- Hint: The mean is of the ratings of the reviews counted
%%writefile dbt/models/marts/store_december.sql
select
    products.store,
    count(distinct products.parent_asin) as product_count,
    count(reviews.review_id) as review_count,
    round(avg(products.mean_rating), 4) as mean_rating
from {{ ref('dim_products') }} as products
left join {{ ref('fct_reviews') }} as reviews
    on products.parent_asin = reviews.parent_asin
    and reviews.reviewed_on between '2025-12-01' and '2025-12-31'
group by products.store
