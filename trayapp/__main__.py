"""`python -m trayapp`, and where a frozen build starts."""

from trayapp.cli import main

if __name__ == "__main__":
    main()
