"""`kordant voice`: protected voices and recordings to hold against them."""
