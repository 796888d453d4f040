"""What the routes of Weave's trace server share: its errors, its objects by content, and our nouns in its words."""
