"""The broker registry: data, read and checked by `services.removals.brokers`."""
