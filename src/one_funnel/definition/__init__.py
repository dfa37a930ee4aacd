"""The agreement between marketing and sales: read, hash, compare and check it."""
