"""Sites: folders served as web pages, each on a port of its own."""

from trayapp.sites.demo import prepare_demo
from trayapp.sites.site import create_site

__all__ = ["create_site", "prepare_demo"]
