"""The fleet's migrations, tried with an app whose releases the tests write themselves."""
