"""ATTOM's property API, as its clients see it."""
