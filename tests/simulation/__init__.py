"""A year of a whole organisation on the injected clock, compared with what the rules in words lead to."""
