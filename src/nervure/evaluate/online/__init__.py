"""Online evaluation: targets of live traffic are sampled, made into examples, scored, and their scores stored once."""
