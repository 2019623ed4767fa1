"""What people say about who may come in, and what follows from it: listeners, streams, the choices
that are kept."""

import time
from urllib.parse import quote

from trayapp import config, lan, web
from trayapp.desktop import Notifier
from trayapp.errors import TrayAppError
from trayapp.hub import Hub
from trayapp.paths import Paths
from trayapp.service.gate import Gate
from trayapp.service.sharing import Sharing


class Access:
    """The seams `Sharing` and `Guests` of the web room, and of the tray. Safe from any thread."""

    def __init__(
        self, paths: Paths, gate: Gate, sharing: Sharing, hub: Hub, notifier: Notifier
    ) -> None:
        self._paths = paths
        self._gate = gate
        self._sharing = sharing
        self._hub = hub
        self._notifier = notifier

    def set_lan(self, on: bool, *, confirmed: bool = True) -> None:
        """Share with the local network, or no longer. What is not `confirmed` waits for a yes."""
        if confirmed or not on:
            self._sharing.set(on)
        elif self._sharing.ask():
            self._notifier.show(
                "Share with the local network?",
                "The dashboard asks for it. Allow it in the menu of the tray icon, or with: "
                "trayapp lan on",
            )

    def keep_lan(self, on: bool) -> None:
        """Whether sharing is switched on again at the next start. Raises: TrayAppError."""
        if on and not self._sharing.state().on:
            raise _off()
        config.remember(self._paths, lan=on)
        self._sharing.set_keep(on)

    def invite(self) -> web.Invitation:
        """A new one-time code. Raises: TrayAppError while sharing is off, or is in no network."""
        state = self._sharing.state()
        if not state.on:
            raise _off()
        if not state.urls:
            raise TrayAppError(
                state.problem or "This computer has no address that a device could reach.",
                "Connect it to the network that the device is in.",
            )
        code = quote(self._gate.devices.issue_code(time.monotonic()))
        return web.Invitation(
            tuple(f"{url}/pair?code={code}" for url in state.urls),
            web.CODE_LIFETIME,
            lan.advice(self._sharing.port, self._sharing.addresses),
        )

    def allow_from_disk(self, on: bool) -> None:
        """Whether pages opened from disk are let in without the key, now and at the next start.
        Raises: TrayAppError."""
        self._gate.allow_from_disk(on)
        config.remember(self._paths, from_disk=on)

    def rename_device(self, device: str, name: str) -> None:
        """Call it `name`. Raises: TrayAppError."""
        self._gate.devices.rename(device, name)

    def forget_device(self, device: str) -> None:
        """It is paired no longer, and its streams end. Raises: TrayAppError."""
        try:
            self._gate.devices.forget(device)
        finally:
            self._hub.end(lambda reader: reader.device == device)

    def forget_devices(self) -> None:
        """Nobody is paired any longer, and the read key is another one. Raises: TrayAppError."""
        try:
            self._gate.forget_devices()
        finally:
            self._hub.end(lambda reader: bool(reader.address))


def _off() -> TrayAppError:
    return TrayAppError(
        "Sharing with the local network is off, so no device could reach this computer.",
        "Switch it on in the menu of the tray icon, or with: trayapp lan on",
    )
