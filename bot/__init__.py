"""What to say next: event log, understanding, policy, wording and replay."""
