"""Kordant's background jobs: breach scans, and the record of what they checked.

Layers, each a folder, point downward only: `cli` → `orchestration` → `runtime` → `services` →
`settings` → `storage`, `providers`, `security` → `domain`. `sandbox` stands aside: it plays the
outside world.
"""
