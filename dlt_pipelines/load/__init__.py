"""From a record at the source to a row in the warehouse: one load, one step.

      files                                  the marketplace's API
  paths.py         found                     pages.py    asked for, held to their contract
  contents.py      told by what they hold
  input_files.py   taken, passed over or refused
  bulk.py          each record indexed;
                   most need no judging
        │  the others, as lines (lines.py)        │  every record, as a line
        └──────────────┬──────────────────────────┘
                  landing.py    judged by the contract (contract.py, contract.sql), compared with
                       │        the warehouse: inserted, updated, unchanged, duplicate or rejected
                       │        a file of which nothing is accepted ends the load (accepted.py)
                  sources.py    dlt resources of the raw tables: rows that the warehouse lacks;
                       │        for files one SQL statement, in which DuckDB reads (forms.py)
                       │        what needed no judging
                  books.py      … and of the books: rejected_records, load_reconciliation
                       │
                  commit.py     one transaction: old versions go, new rows come, the books are
                                written, everything is counted (account.py), the load is
                                entered in _dlt_loads

settle.py comes before all of this: what an interrupted load has left is settled, and the records
are read again. Where a load fails, failures.py says why.
"""
