"""Properties here count on no stopwatch: the machine that runs them may be busy."""

from hypothesis import settings

settings.register_profile("kordant", deadline=None)
settings.load_profile("kordant")
