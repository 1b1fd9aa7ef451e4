"""What the tests and the benchmark share: a server process and ways to talk to it."""
