pytest_plugins = ["tests.database", "tests.people", "tests.bench", "tests.pseudo"]
