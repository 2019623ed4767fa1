"""Publish with nothing but Python's own library.

python examples/publish.py TOPIC TEXT [http://localhost:8765]
"""

import json
import sys
import urllib.request


def publish(topic: str, text: str, server: str = "http://localhost:8765") -> str:
    """The id of the event. Raises: urllib.error.HTTPError, whose body says why."""
    request = urllib.request.Request(f"{server}/{topic}", data=text.encode())
    with urllib.request.urlopen(request, timeout=10) as answer:
        id_: str = json.load(answer)["id"]
        return id_


if __name__ == "__main__":
    print(publish(*sys.argv[1:]))
