"""Data brokers' web pages: their search, their opt-out form, their confirmation link."""
