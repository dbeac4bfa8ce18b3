"""Reports as documents: a compiled report becomes HTML, and that a tagged PDF. Reads no file or
address but the package's own templates, catalogues and typeface."""
