"""HomeTitle: watching land registers for what is recorded against customers' properties."""
