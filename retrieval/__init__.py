"""Which items fit a taste: catalogue, encoder, index, taste and ranking."""
