// Notifications: the browser's own, for a person who looks at something else. The permission is
// only asked for on a button: browsers refuse the question otherwise, and people take it ill.
// The name under which the page's storage keeps a no.
const REFUSED = "trayapp.notifications";
let offered = false;

const permission = () =>
  (window.Notification && window.isSecureContext ? Notification.permission : "denied");

// What a toast offers, once in each load of the page: nothing, or one row of two buttons.
function notificationOffer() {
  if (offered || permission() !== "default" || stored()) return "";
  offered = true;
  const offer = element("div", {},
    pushButton("Also show when this tab is hidden", () => askPermission(offer)),
    pushButton("No thanks", () => refuse(offer)));
  return offer;
}

// The question can be closed without an answer: that is a no.
async function askPermission(offer) {
  if (await Notification.requestPermission() === "default") refuse(offer);
  else drop(offer);
}

function refuse(offer) {
  drop(offer);
  stored("no");
}

// Where there is no storage the offer comes again with the next load.
function stored(answer) {
  try {
    if (answer) localStorage.setItem(REFUSED, answer);
    return localStorage.getItem(REFUSED);
  } catch {
    return null;
  }
}

// One per browser: only the page that holds the stream shows it, and the tag replaces a second one.
function showInBrowser({ title, message, icon, click }, id) {
  if (!dom.hidden || permission() !== "granted" || !holdsStream()) return;
  const said = { body: title ? message : "", tag: id || "", icon: webUrl(icon) };
  try {
    const shown = new Notification(title || message, said);
    shown.onclick = () => {
      window.focus();
      if (webUrl(click)) window.open(click, "_blank", "noopener");
      shown.close();
    };
  } catch {
    // Chrome on Android knows the constructor and throws: only service workers may notify there.
  }
}
