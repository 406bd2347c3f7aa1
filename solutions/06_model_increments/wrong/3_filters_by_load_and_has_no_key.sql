-- Filters by load and has no key.
-- Hint: its old version must go
%%writefile dbt/models/marts/review_ratings.sql
{{ config(materialized='incremental') }}

select review_id, parent_asin, reviewed_at, rating, load_id from practice_raw.reviews
{% if is_incremental() %}
where load_id > (select max(load_id) from {{ this }})
{% endif %}
