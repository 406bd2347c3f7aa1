-- Makes the table anew.
-- Hint: The result is right, but a table is made anew each time
%%writefile dbt/models/marts/review_ratings.sql
{{ config(materialized='table') }}
select review_id, parent_asin, reviewed_at, rating, load_id from practice_raw.reviews
