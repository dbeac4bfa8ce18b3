"""ATTOM: owners, mortgages and sales of properties nationwide, commercial."""
