"""The calendar: which runs are owed, handing them out when due, and what came of them."""
