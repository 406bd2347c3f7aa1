"""For authors: lessons executed and stored, rendered as slides, and listed with their minutes."""
