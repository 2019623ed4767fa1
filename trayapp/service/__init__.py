"""The service: everything that runs, switched on and off as one."""

from trayapp.service.service import Service

__all__ = ["Service"]
