"""What LangSmith's clients read back: Nervure's own nouns in LangSmith's words."""
