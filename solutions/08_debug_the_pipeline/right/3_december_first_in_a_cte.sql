-- December first, in a CTE.
%%writefile dbt/models/marts/store_december.sql
with
december as (
    select * from {{ ref('fct_reviews') }} where reviewed_on between '2025-12-01' and '2025-12-31'
)
select
    p.store, count(distinct p.parent_asin) as product_count, count(d.review_id) as review_count,
    {{ ratio('sum(d.rating)', 'count(d.rating)') }} as mean_rating
from {{ ref('dim_products') }} as p left join december as d using (parent_asin)
group by p.store
