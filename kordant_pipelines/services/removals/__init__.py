"""RemoveBrokers: having customers' profiles removed by data brokers."""
