// Badge: what the page shows and why, on demand, and the bar that offers an update that waits.
const BADGE_STYLE = `
  .badge { align-items: center; width: fit-content; padding: 3px 4px 3px 12px; font-size: 12px;
    border-radius: 15px; }
  .badge span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .badge button { border-radius: 12px; }`;
let badge = null;
let bar = null;

const clock = (date) => date.toTimeString().slice(0, 8);

// As the page stands now; none where it is switched off.
function drawBadge() {
  const place = options.badge && uiPlace("left");
  if (!place) {
    badge?.remove();
    return;
  }
  badge ||= buildBadge();
  if (!badge.isConnected) place.append(badge);
  const [text, toggle] = badge.children;
  text.textContent = text.title = badgeText();
  toggle.textContent = updatesPaused() ? "Resume" : "Pause";
}

// Not read out by itself: it would never be quiet.
function buildBadge() {
  const toggle = pushButton("", () => (updatesPaused() ? resumeUpdates : pauseUpdates)());
  const name = "trayapp: updates of this tab";
  return element("div", { class: "card row badge", role: "group", "aria-label": name, "aria-live": "off" },
    element("span"), toggle);
}

function badgeText() {
  const { connected, ready, paused, updated, cause } = stands;
  if (connected === false) return "disconnected";
  if (ready) return "update ready";
  if (updatesPaused()) return "paused here";
  if (paused) return "paused in trayapp";
  if (updated) return `updated ${clock(updated)}: ${cause}`;
  return connected ? "connected" : "connecting";
}

function drawReady(apply) {
  dropReady();
  const loses = updatesPaused() ? "" : " Applying it would lose what you typed here.";
  bar = element("div", { class: "card row edge ready" },
    element("div", { class: "said" }, `Update ready.${loses}`),
    pushButton("Apply", () => {
      dropReady();
      apply();
    }),
    pushButton("Later", () => drop(bar)));
  uiPlace("left")?.prepend(bar);
}

function dropReady() {
  if (bar) drop(bar);
}
