"""Pages for people, made from the published marts and from nothing else."""
