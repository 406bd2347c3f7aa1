-- Asks for loads that the model does not have.
%%writefile dbt/models/marts/review_ratings.sql
{{ config(materialized='incremental', unique_key=['review_id']) }}
select * from practice_raw.reviews
{% if is_incremental() %}
where load_id not in (select load_id from {{ this }})
{% endif %}
