"""What all that customers read has in common: their languages, and words for kinds of data."""
