"""Reports, from scans to what a link opens."""
