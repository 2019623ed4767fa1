"""What keeps a page from being updated, seen from outside: asks as a browser would, judges, and
names the remedy. Publishes nothing and sends no cookie."""

from trayapp.doctor.examination import examine, examine_service
from trayapp.doctor.finding import Finding

__all__ = ["Finding", "examine", "examine_service"]
