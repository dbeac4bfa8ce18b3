"""An inference service of the operator's own, for speaker embeddings or synthetic-speech scores."""
