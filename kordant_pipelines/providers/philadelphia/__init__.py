"""Philadelphia's Department of Records: deeds and mortgages since 1999, over Carto's SQL API."""
