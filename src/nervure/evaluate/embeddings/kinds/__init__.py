"""Ways to embed texts, a file each."""
