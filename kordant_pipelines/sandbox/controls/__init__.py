"""The sandbox's own endpoints: change the world, break a provider, count calls."""
