"""Reading and writing catalog nouns."""
