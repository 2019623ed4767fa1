"""What a browser says of itself, in the words of its owner. Pure; decides nothing."""

import re

_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "Chromebook"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)
_BROWSERS = (
    (r"Edg(?:A|iOS)?/", "Edge"),
    (r"OPR/|OPT/", "Opera"),
    (r"SamsungBrowser/", "Samsung Internet"),
    (r"Firefox/|FxiOS/", "Firefox"),
    (r"Chrome/|CriOS/", "Chrome"),
    (r"Safari/", "Safari"),
)
"""Most call themselves several of these; the first that fits is it."""

# Chrome says "K" whatever the model, Firefox none: "Android 14; Mobile; rv:…".
_MODEL = re.compile(
    r"Android [\d.]+; (?!K[;)]|Mobile|Tablet|rv:)([^;()]{2,40}?)(?: Build/[^;)]*)?[;)]"
)


def device_name(agent: str) -> str:
    """A name for the device with the User-Agent `agent`: `iPhone`, `Pixel 7, Chrome`. Empty when
    it says nothing that is known. An iPad calls itself a Mac."""
    system = next((name for word, name in _SYSTEMS if word in agent), "")
    browser = next((name for pattern, name in _BROWSERS if re.search(pattern, agent)), "")
    model = _MODEL.search(agent)
    device = model[1].strip() if model else system
    usual = device in {"iPhone", "iPad"} and browser == "Safari"
    return ", ".join(part for part in (device, "" if usual else browser) if part)
