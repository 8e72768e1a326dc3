"""Learning from what was said: examples, training, comparison and runs."""
