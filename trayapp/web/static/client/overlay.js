// Overlay: what a failed command said, over the page until it is closed or the command succeeds.
// Every program may publish to the topic `command`: data of another shape is ignored.
const OVERLAY_STYLE = `
  .panels { position: fixed; inset: 8px 16px auto; max-width: 960px; margin: auto; max-height: 94vh;
    overflow: auto; }
  .panel { border-top: 4px solid var(--alarm); }
  .panel b { font-weight: 600; }
  pre { margin: 0; padding: 0 16px 12px; max-height: 50vh; overflow: auto; font: 13px/1.5 monospace;
    overscroll-behavior: contain; white-space: pre-wrap; overflow-wrap: anywhere; tab-size: 4; }`;
// Shown at once; more would cover the page. A counter stands for the rest.
const PANELS = 5;
// By the command's name, also those that were closed, the newest last.
const panels = new Map();
let more = null;

function showCommand(report) {
  const { name, ok, output, time } = Object(report);
  if (typeof name !== "string" || typeof ok !== "boolean") return;
  if (!ok) showPanel(name, plainText(String(output || "It printed nothing.")), time);
  else if (panels.has(name)) closePanel(name);
}

function closePanel(name) {
  drop(panels.get(name));
  panels.delete(name);
  arrangePanels();
}

// The newest stand on the page, the others are counted.
function arrangePanels() {
  const open = [...panels.values()].reverse();
  const rest = open.length - PANELS;
  open.slice(PANELS).forEach((panel) => panel.remove());
  more?.remove();
  more = null;
  // Older ones come back behind the newest, which stay as they are.
  open.slice(0, PANELS).forEach((panel) => panel.isConnected || uiPlace("panels")?.append(panel));
  if (rest > 0) {
    more = element("div", { class: "card row more" },
      element("div", { class: "said" }, `${rest} more failed`), closeButton("Close all", closeAll));
    uiPlace("panels")?.append(more);
  }
}

function closeAll() {
  [...panels.values(), more].forEach((panel) => drop(panel));
  panels.clear();
  more = null;
}

// The newest stands first. One that stands there already stays, with the focus that it may have.
function showPanel(name, output, time) {
  const place = uiPlace("panels");
  if (!place) return;
  const panel = panels.get(name) || buildPanel(name);
  panels.delete(name);
  panels.set(name, panel);
  const at = new Date(time * 1000);
  panel.querySelector(".tags").textContent = clock(+at ? at : new Date());
  panel.querySelector("pre").textContent = output;
  if (place.firstChild !== panel) place.prepend(panel);
  arrangePanels();
}

// Only the title is read out by itself. The output has a place in the tab order, or the keyboard
// could not scroll it.
function buildPanel(name) {
  const title = `${name} failed`;
  const panel = element("section", { class: "card panel", "aria-label": title },
    element("div", { class: "row" },
      element("div", { class: "said" }, element("b", { role: "alert" }, title),
        element("span", { class: "tags" })),
      closeButton(`Close: ${title}`, () => closePanel(name))),
    element("pre", { tabindex: 0, role: "group", "aria-label": `Output of ${name}` }));
  return panel;
}

// Without colours (ECMA-48: CSI, OSC, short sequences); of a line that was written over with CR its
// last state.
function plainText(output) {
  const escapes = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])/g;
  const lines = output.replace(escapes, "").replace(/\r\n/g, "\n").split("\n");
  const shown = lines.map((line) => line.slice(line.lastIndexOf("\r") + 1)).join("\n");
  return shown.replace(/[\0-\x08\x0b-\x1f\x7f]/g, "").trimEnd();
}

export { drawBadge, drawReady, dropReady, showCommand, showNotice };
