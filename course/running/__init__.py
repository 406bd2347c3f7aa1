"""The lessons run as the pipeline: what happened, told in a report and to who waits; no secrets."""
