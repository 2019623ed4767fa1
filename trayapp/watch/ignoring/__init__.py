"""What does not count in a watch root: built-in patterns, `.gitignore`, `.trayappignore`."""
