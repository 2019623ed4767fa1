// Toasts: notifications in the page's corner.
// Shown at once; more would cover the page.
const TOASTS = 5;
// Milliseconds; urgent ones stay until they are closed.
const STAYS = 8000;
const TOAST_STYLE = `
  .toast { margin-left: auto; }
  .quiet { border-left: 1px solid var(--line); color: var(--faint); }
  .urgent { border-left-color: var(--alarm); }
  .said { flex: 1; min-width: 0; }
  .said button { display: inline-block; margin: 6px 6px 0 0; font-size: 13px; }
  .text { display: block; color: inherit; white-space: pre-line; max-height: 30vh; overflow-y: auto; }
  .title, .level { display: block; font-weight: 600; }
  .level, .tags { font-size: 12px; color: var(--faint); }
  .level { color: var(--alarm); }
  .tags { display: block; }
  img { width: 32px; height: 32px; object-fit: contain; }`;

// Notices of another computer may hold anything under these names.
function showNotice(given, id) {
  const { title = "", message = "", tags } = given;
  const notice = { ...given, title: `${title}`, message: `${message}`, tags: [tags ?? []].flat() };
  if (notice.sound) playSound();
  if (notice.toast === false) return;
  showInBrowser(notice, id);
  showToast(notice);
}

// Urgent ones stand last, so they are the last that have to go.
function showToast(notice) {
  const alerts = uiPlace("alerts");
  if (!alerts) return;
  const toast = buildToast(notice);
  if (isUrgent(notice)) {
    alerts.append(toast);
  } else {
    alerts.before(toast);
    closeLater(toast);
  }
  const shown = [...ui.querySelectorAll(".toast")];
  shown.slice(0, -TOASTS).forEach(drop);
}

const isUrgent = ({ priority }) => priority >= 4;

function buildToast(notice) {
  const level = isUrgent(notice) ? "urgent" : notice.priority < 3 ? "quiet" : "";
  const said = element("div", { class: "said" }, toastText(notice), notificationOffer());
  // Colour alone does not tell everybody.
  if (level === "urgent") said.prepend(element("span", { class: "level" }, "\u25b2 Urgent"));
  const toast = element("div", { class: `card row edge toast ${level}` }, toastIcon(notice), said,
    closeButton("Close notification", () => drop(toast)));
  return toast;
}

function toastIcon({ icon }) {
  if (!webUrl(icon)) return "";
  const image = element("img", { alt: "", referrerpolicy: "no-referrer", src: icon });
  image.onerror = () => image.remove();
  return image;
}

function toastText({ title, message, tags, click }) {
  const href = webUrl(click);
  const link = { href, target: "_blank", rel: "noopener noreferrer" };
  const text = element(href ? "a" : "div", { class: "text", ...(href && link) });
  if (title) text.append(element("span", { class: "title" }, title));
  text.append(message);
  if (tags.length) text.append(element("span", { class: "tags" }, tags.join(", ")));
  return text;
}

// Nobody has to hurry: a toast under the pointer, with the focus, or in a hidden tab waits.
function closeLater(toast) {
  setTimeout(() => {
    if (dom.hidden || toast.matches(":hover, :focus-within")) closeLater(toast);
    else drop(toast);
  }, STAYS);
}
