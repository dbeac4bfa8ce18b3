"""The runtime layer, with real servers and real child processes."""
