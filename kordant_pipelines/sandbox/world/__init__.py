"""The seeded world: invented customers, breaches, leak rows, passwords; and what changes them."""
