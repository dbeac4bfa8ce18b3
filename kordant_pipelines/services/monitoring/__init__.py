"""What a monitoring system reads, and what operators are told by itself."""
