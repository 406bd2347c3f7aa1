-- Merges, and takes no table for load 0.
%%writefile dbt/models/marts/review_ratings.sql
{{ config(materialized="incremental", unique_key="review_id", incremental_strategy="merge") }}
with newest as (select max(load_id) as load_id from practice_raw.reviews)
select r.review_id, r.parent_asin, r.reviewed_at, r.rating, r.load_id
from practice_raw.reviews as r
{% if is_incremental() %}
where r.load_id > (select coalesce(max(load_id), 0) from {{ this }})
{% endif %}
