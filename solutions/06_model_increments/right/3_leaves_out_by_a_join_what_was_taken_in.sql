-- Leaves out by a join what was taken in.
%%writefile dbt/models/marts/review_ratings.sql
{{ config(materialized='incremental', unique_key='review_id', incremental_strategy='delete+insert') }}
select load_id, rating, reviewed_at, parent_asin, review_id from practice_raw.reviews as r
{% if is_incremental() %}
anti join {{ this }} as t using (review_id, load_id)
{% endif %}
