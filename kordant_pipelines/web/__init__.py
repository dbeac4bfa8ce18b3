"""What is served to the outside: pages for customers, callbacks for providers."""
