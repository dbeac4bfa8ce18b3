"""An operator's inference service, played."""
