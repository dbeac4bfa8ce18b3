"""The rules of having a customer's profile removed by data brokers, pure."""
