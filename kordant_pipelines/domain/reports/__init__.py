"""What a report says: its periods, its inputs, the rules that make one of the other. Pure."""
