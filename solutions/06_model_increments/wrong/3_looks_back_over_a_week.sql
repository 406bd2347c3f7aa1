-- Looks back over a week.
-- Hint: only moves the edge
%%writefile dbt/models/marts/review_ratings.sql
{{ config(materialized='incremental', unique_key='review_id') }}

select review_id, parent_asin, reviewed_at, rating, load_id from practice_raw.reviews
{% if is_incremental() %}
where reviewed_at > (select max(reviewed_at) - interval 7 day from {{ this }})
{% endif %}
