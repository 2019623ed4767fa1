// API: window.trayapp, for pages that want more than to be kept up to date.

// Beside those that every page hears.
const topics = new Set(options ? options.topics : []);
// Topic -> functions.
const listeners = new Map();

const api = {
  // Calls `listen(data, event)` with each event of `topic`; returns what ends it.
  on(topic, listen) {
    const all = listeners.get(topic) || new Set();
    listeners.set(topic, all.add(listen));
    if (!["change", "notify", "command"].includes(topic) && !topics.has(topic)) {
      topics.add(topic);
      // A stream is opened for its topics.
      if (line) enter();
    }
    return () => all.delete(listen);
  },

  // Publishes text, or anything else as JSON; resolves to the event's id.
  async publish(topic, data) {
    const text = typeof data === "string";
    const headers = text ? {} : { "Content-Type": "application/json" };
    const body = text ? data : JSON.stringify(data);
    const answer = await post(encodeURIComponent(topic), body, { headers });
    const said = await answer.json();
    if (!answer.ok) throw new Error([said.error, said.hint].filter(Boolean).join(" "));
    return said.id;
  },

  pause: pauseUpdates,
  resume: resumeUpdates,
  badge: (on = true) => showBadge(on),
};

// Gives an event to those who listen for its topic; JSON as what it stands for.
function hand(event) {
  for (const listen of listeners.get(event.topic) || []) listen(parsed(event.data), event);
}

function parsed(data) {
  if (typeof data !== "string" || !/^\s*[[{]/.test(data)) return data;
  try {
    return JSON.parse(data);
  } catch {
    return data;
  }
}
