-- Takes a product for the key.
-- Hint: The `unique_key` takes several reviews for one, and a
%%writefile dbt/models/marts/review_ratings.sql
{{ config(materialized='incremental', unique_key='parent_asin') }}
select review_id, parent_asin, reviewed_at, rating, load_id from practice_raw.reviews
{% if is_incremental() %}
where load_id > (select max(load_id) from {{ this }})
{% endif %}
