"""What evaluators read in a text: words, sentences, numbers, dates, names."""
