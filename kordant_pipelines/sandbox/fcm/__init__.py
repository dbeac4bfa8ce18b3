"""Firebase Cloud Messaging and Google's token endpoint, as their clients see them."""
