// What this page does beside being edited: it shows what its page script hears.
const note = document.getElementById("stream");
const arrived = document.getElementById("arrived");
const send = document.getElementById("send");

function add(text) {
  const item = document.createElement("li");
  item.textContent = `${new Date().toLocaleTimeString()} – ${text}`;
  arrived.querySelector(".quiet")?.remove();
  arrived.prepend(item);
}

function say({ connected, paused }) {
  if (!connected) return "trayapp does not answer. This page finds it again by itself once it runs.";
  if (paused) return "Connected to trayapp, which is paused: resume it in the tray or on the dashboard.";
  return "Connected to trayapp. Save one of the files and watch this page.";
}

document.addEventListener("trayapp:stream", ({ detail }) => { note.textContent = say(detail); });
document.addEventListener("trayapp:change", ({ detail }) => add(`saved: ${detail.cause}`));
document.addEventListener("trayapp:notify", ({ detail }) => add(`notification: ${detail.message}`));
document.addEventListener("DOMContentLoaded", () => {
  const tag = document.querySelector('script[src$="/client.js"]'); // below this script
  if (tag) send.textContent = `curl -d "tests passed" ${new URL("/notify", tag.src)}`;
});
