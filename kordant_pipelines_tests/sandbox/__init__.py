"""The sandbox is tested over real HTTP on loopback."""
