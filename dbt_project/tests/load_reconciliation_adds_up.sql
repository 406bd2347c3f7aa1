-- Nothing is lost: what came in has gone somewhere, for every source of every load.
select *
from {{ source('amazon_raw', 'load_reconciliation') }}
where rows_in is distinct from inserted + updated + unchanged + duplicates + rejected
