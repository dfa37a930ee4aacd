"""One funnel for marketing and sales, from raw exports to published marts."""
