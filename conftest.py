from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.database", "tests.people", "tests.bench", "tests.pseudo"]

# A busy machine is no fault of what is tested.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
