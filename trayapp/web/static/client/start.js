// Start: the only part that does something by itself.
const LOADED = Symbol.for("trayapp.page");

function start() {
  window[LOADED] = true; // a second tag on the same page would do everything twice
  document.addEventListener("securitypolicyviolation", onViolation);
  document.addEventListener("visibilitychange", kick);
  window.addEventListener("online", kick);
  // Only from the back cache: the first one comes with the load, and would cut short a wait for the server.
  window.addEventListener("pageshow", ({ persisted }) => persisted && kick());
  window.addEventListener("pagehide", disconnect); // an open stream keeps a page out of the back cache
  connect();
  kick();
}

if (tag && window.EventSource && !window[LOADED]) start();
