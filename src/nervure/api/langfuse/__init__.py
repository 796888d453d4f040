"""What the routes of Langfuse's public API share: its errors, its pages, and our nouns in its words."""
