"""All that needs no tray: stream, publishing, chat and page script, for this computer.

flask --app examples/chat.py run, then open http://localhost:5000/chat
"""

from trayapp.web import create_app

app = create_app()
bus = app.extensions["trayapp"]
bus.publish("chat", "[2026-01-01T00:00:00+00:00] example: Say something.")
