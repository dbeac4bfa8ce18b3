"""Invented data brokers, as their visitors see them."""
