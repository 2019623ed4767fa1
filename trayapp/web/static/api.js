// The control API as the dashboard uses it: the token, and requests that carry it.

const KEPT = "trayapp-token"; // in sessionStorage: gone with the tab, unknown to other origins
const NUMBER = "trayapp-session";

// A request that the server answered with an error, or did not answer at all (status 0). `locked`
// says that it was the token which was refused.
export class Refused extends Error {
  constructor(status, { error, hint }) {
    super(error || `trayapp answered with status ${status}.`);
    this.status = status;
    this.locked = false;
    this.hint = hint || "";
  }
}

export class Api {
  // `onLock` is called when the server no longer knows the token, as after its restart.
  constructor(storage, onLock) {
    this.storage = storage;
    this.onLock = onLock;
    this.token = storage.getItem(KEPT) || "";
    this.session = Number(storage.getItem(NUMBER)); // its number in the list of sessions
    this.posts = new Set(); // under way
    this.posted = 0; // how many are over
  }

  get unlocked() {
    return this.token !== "";
  }

  // Trade the one-time code of the address for a token. Without a code, trayapp knows by the
  // connection that this is the browser which its user has just had opened.
  async trade(code) {
    const { token, session } = await request("/api/session", json(code ? { code } : {}));
    this.token = token;
    this.session = session;
    this.storage.setItem(KEPT, token);
    this.storage.setItem(NUMBER, session);
  }

  get(path) {
    return this.control(path, {});
  }

  async post(path, body = {}) {
    const answer = this.control(path, json(body));
    this.posts.add(answer);
    try {
      return await answer;
    } finally {
      this.posts.delete(answer);
      this.posted += 1;
    }
  }

  // Get all `paths`, as they are after whatever was posted before they are there: a picture of
  // before would turn back the switch that was just clicked.
  async latest(...paths) {
    await Promise.allSettled(this.posts);
    const posted = this.posted;
    const answers = await Promise.all(paths.map((path) => this.get(path)));
    return posted === this.posted && !this.posts.size ? answers : this.latest(...paths);
  }

  async control(path, { headers, ...init }) {
    const token = this.token;
    try {
      return await request(path, { ...init, headers: { ...headers, "X-TrayApp-Token": token } });
    } catch (error) {
      error.locked = error.status === 401 || error.status === 403;
      if (error.locked && token === this.token) this.lock();
      throw error;
    }
  }

  lock() {
    this.token = "";
    this.storage.removeItem(KEPT);
    this.storage.removeItem(NUMBER);
    this.onLock();
  }
}

// Publish a notification; needs no token, as for every page of this computer.
export function notify(title, message) {
  return request("/notify", { method: "POST", body: message, headers: { Title: title } });
}

function json(body) {
  const headers = { "Content-Type": "application/json" };
  return { method: "POST", headers, body: JSON.stringify(body) };
}

async function request(path, init) {
  let response;
  try {
    response = await fetch(path, { cache: "no-store", ...init });
  } catch {
    throw new Refused(0, { error: "trayapp does not answer.", hint: "Start it again: trayapp" });
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(response.status, answer);
  return answer;
}
