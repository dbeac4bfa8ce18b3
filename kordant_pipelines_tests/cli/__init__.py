"""What the command line refuses, and how it says so."""
