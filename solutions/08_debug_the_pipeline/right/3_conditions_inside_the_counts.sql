-- Conditions inside the counts.
%%writefile dbt/models/marts/store_december.sql
select
    round(avg(r.rating) filter (where r.reviewed_on >= '2025-12-01' and r.reviewed_on < '2026-01-01'), 4) as mean_rating,
    count(*) filter (where year(r.reviewed_on) = 2025 and month(r.reviewed_on) = 12) as review_count,
    count(distinct p.parent_asin) as product_count, p.store
from {{ ref('dim_products') }} as p
left join {{ ref('fct_reviews') }} as r on p.parent_asin = r.parent_asin
group by 4
