"""SODA as its callers see it: queries over rows, two error envelopes, no order but an asked one."""
