"""Watches one page of a browser: how often it loaded, what it complained of, whether it is live."""

from playwright.sync_api import ConsoleMessage, Page


class PageWatch:
    """Counts the loads of `page` from now on. `console` and `errors` hold what it printed."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.loads = 0
        self.console: list[str] = []
        self.errors: list[str] = []
        page.add_init_script(
            "document.addEventListener('trayapp:stream',"
            " ({ detail }) => { window.stream = detail; });"
        )
        page.on("load", self._count)
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def open(self, url: str) -> None:
        """Load `url` and wait until its stream is open; a window variable `mark` is set."""
        self.page.goto(url)
        self.connected()
        self.page.evaluate("window.mark = 'kept'")

    def connected(self) -> None:
        self.page.wait_for_function("() => window.stream?.connected === true", timeout=10_000)

    def style(self, selector: str, name: str = "color") -> str:
        script = "([s, n]) => getComputedStyle(document.querySelector(s))[n]"
        value: str = self.page.evaluate(script, [selector, name])
        return value

    def wait_for_style(self, selector: str, value: str, name: str = "color") -> None:
        script = "([s, n, v]) => getComputedStyle(document.querySelector(s))[n] === v"
        self.page.wait_for_function(script, arg=[selector, name, value], timeout=10_000)

    @property
    def kept(self) -> bool:
        """Whether it is still the document that `open` loaded."""
        return bool(self.page.evaluate("window.mark") == "kept")

    def _count(self, _: Page) -> None:
        self.loads += 1

    def _hear(self, message: ConsoleMessage) -> None:
        self.console.append(message.text)
