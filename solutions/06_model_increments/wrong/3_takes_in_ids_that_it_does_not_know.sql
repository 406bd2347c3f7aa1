-- Takes in ids that it does not know.
-- Hint: and yet it is new
%%writefile dbt/models/marts/review_ratings.sql
{{ config(materialized='incremental', unique_key='review_id') }}

select review_id, parent_asin, reviewed_at, rating, load_id from practice_raw.reviews
{% if is_incremental() %}
where review_id not in (select review_id from {{ this }})
{% endif %}
