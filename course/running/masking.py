"""Secrets kept out of what the course writes and says; the pipeline, which runs alone too, has how
it is done.
"""

from dlt_pipelines.masking import mask_logs as mask_logs
from dlt_pipelines.masking import masked as masked
