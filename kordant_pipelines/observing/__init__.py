"""Files for whoever watches from outside: a Grafana dashboard and Prometheus alert rules."""
