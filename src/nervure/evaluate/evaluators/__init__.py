"""One evaluator a file, each ending in EVALUATOR. Names and aliases are those users of other packages look for."""
