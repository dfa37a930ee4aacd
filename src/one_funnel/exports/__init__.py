"""Raw exports: what is expected of them, and whether a folder of them fits."""
