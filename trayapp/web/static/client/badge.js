// Badge: what the page shows and why, on demand, and the bar that offers an update that waits.
const BADGE_STYLE = `
  .badge { align-items: center; width: fit-content; padding: 3px 4px 3px 12px; font-size: 12px;
    border-radius: 15px; }
  .badge span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .badge button { border-radius: 12px; }`;
const stands = { updated: "", connected: null, paused: false, ready: false };
let badge = null;
let bar = null;

const clock = (date) => date.toTimeString().slice(0, 8);

function showUpdated(text) {
  stands.updated = `updated ${clock(new Date())}: ${text}`;
  showBadge();
}

function showStream(connected, paused) {
  Object.assign(stands, { connected, paused });
  showBadge();
}

// Switches it on or off; without a word, shows what has changed.
function showBadge(on = options.badge) {
  options.badge = on;
  if (!on) {
    badge?.remove();
    return;
  }
  const place = uiPlace("left");
  if (!place) return;
  badge ||= buildBadge();
  if (!badge.isConnected) place.append(badge);
  const [text, toggle] = badge.children;
  text.textContent = text.title = badgeText();
  toggle.textContent = updatesPaused() ? "Resume" : "Pause";
}

// Not read out by itself: it would never be quiet.
function buildBadge() {
  const toggle = pushButton("", () => {
    (updatesPaused() ? resumeUpdates : pauseUpdates)();
    showBadge();
  });
  const name = "trayapp: updates of this tab";
  return element("div", { class: "card row badge", role: "group", "aria-label": name, "aria-live": "off" },
    element("span"), toggle);
}

function badgeText() {
  const { connected, ready, paused, updated } = stands;
  if (connected === false) return "disconnected";
  if (ready) return "update ready";
  if (updatesPaused()) return "paused here";
  if (paused) return "paused in trayapp";
  return updated || (connected ? "connected" : "connecting");
}

function showReady(apply) {
  hideReady();
  stands.ready = true;
  const loses = updatesPaused() ? "" : " Applying it would lose what you typed here.";
  bar = element("div", { class: "card row edge ready" },
    element("div", { class: "said" }, `Update ready.${loses}`),
    pushButton("Apply", () => {
      hideReady();
      apply();
    }),
    pushButton("Later", () => drop(bar)));
  uiPlace("left")?.prepend(bar);
  showBadge();
}

function hideReady() {
  stands.ready = false;
  if (bar) drop(bar);
  showBadge();
}
