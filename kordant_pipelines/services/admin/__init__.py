"""What the admin asks for and sees: jobs by hand, their status, the queue's health."""
