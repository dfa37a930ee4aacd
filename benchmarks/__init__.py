"""What the work costs, beside a scan of its inputs and beside public libraries."""
