// What trayapp answers when a browser asks for the script of a service worker: trayapp has none, so
// it was another server's that had the port before. This one takes its place and ends.

addEventListener("install", () => globalThis.skipWaiting());
addEventListener("activate", (event) => event.waitUntil(globalThis.registration.unregister()));
