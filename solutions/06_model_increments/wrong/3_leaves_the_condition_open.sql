-- Leaves the condition open.
-- Error: Unexpected end of template
%%writefile dbt/models/marts/review_ratings.sql
{{ config(materialized='incremental', unique_key='review_id') }}
select review_id, parent_asin, reviewed_at, rating, load_id from practice_raw.reviews
{% if is_incremental() %}
where load_id > (select max(load_id) from {{ this }})
