"""`kordant subscriptions`: what customers bought."""
