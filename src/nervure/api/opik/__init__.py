"""What the routes of Opik's API share: its errors, its ids and projects, and our nouns in its words."""
