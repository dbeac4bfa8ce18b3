"""The handler of `reports_generate`: gather, compile, render, store, record, owe the news of it."""
