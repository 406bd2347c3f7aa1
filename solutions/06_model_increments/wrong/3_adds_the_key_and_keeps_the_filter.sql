-- Adds the key and keeps the filter by date.
-- Hint: ask which load brought it
%%writefile dbt/models/marts/review_ratings.sql
{{ config(materialized='incremental', unique_key='review_id') }}

select review_id, parent_asin, reviewed_at, rating, load_id from practice_raw.reviews
{% if is_incremental() %}
where reviewed_at > (select max(reviewed_at) from {{ this }})
{% endif %}
