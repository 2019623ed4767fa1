// Share: one stream for all tabs of a browser that show pages of one origin with equal options. A
// browser has six connections to a server for all its tabs: with a stream each, the seventh hangs.
// Where the script comes from the page's own origin, a SharedWorker holds the stream. Else the tabs
// that somebody looks at stand in line for a lock; who has it holds the stream and passes on what
// comes. Where a browser has no locks (plain http in a LAN), each tab that is seen has its own.
// A line is {look, rest, ask, leave}: somebody looks at the page; nobody does; what did it miss?

// The page to trayapp and to other pages; it keeps its name when it loads itself.
let pageName = [1, 2].map(() => Math.random().toString(36).slice(2, 10)).join("");

// Whether the stream is held by this page.
let holding = false;

function holdsStream() {
  return holding;
}

// `take(message, mine)` gets each message; `mine` is one of our own stream, not passed on to us.
function joinLine(base, take) {
  const ways = [ownLine];
  if (navigator.locks && window.BroadcastChannel) ways.unshift(lockedLine);
  if (window.SharedWorker && options.server.origin === location.origin) ways.unshift(workerLine);
  let line = null;
  const next = () => {
    try {
      line = ways.shift()(base, take, () => {
        next();
        line.look();
      });
    } catch {
      // A sandboxed frame has these only to refuse them.
      next();
    }
  };
  next();
  return {
    look: () => line.look(),
    rest: () => line.rest(),
    ask: (request) => line.ask(request),
    leave: () => line.leave(),
  };
}

// Opens the stream here. An envelope's data is text; that of changes and notices is JSON.
function hold(base, age, pass) {
  return openStream(() => resuming(base, age()), (type, data, id, ms) => {
    if (type === "change" || type === "notify") data.data = parsed(data.data);
    if (type === "hello") {
      const skew = data.time - Date.now() / 1000 || 0;
      // Where both clocks may be one, they are: on this computer.
      const same = Math.abs(skew) * 1000 < ms && HERE.test(base);
      greet({ data, skew: same ? 0 : skew, slack: same ? 0 : ms / 1000 });
      relay.cursor = id;
    }
    relay.live = type !== "lost" && (relay.live || type === "hello");
    pass({ type, data, id, skew: relay.skew });
  });
}

function ownLine(base, take) {
  let stream = null;
  const rest = () => {
    stream?.close();
    stream = null;
    holding = false;
  };
  const look = () => {
    if (stream) stream.kick();
    else stream = hold(base, pageAge, (message) => take(message, true));
    holding = true;
  };
  return { look, rest, ask() {}, leave: rest };
}

function lockedLine(base, take, fail) {
  const channel = new BroadcastChannel(base);
  let stream = null;
  // Leaves the line, or gives the lock back.
  let quit = null;

  channel.onmessage = ({ data }) => {
    if (!data.join) take(data, false);
    else if (stream) {
      stream.kick();
      if (relay.hello) channel.postMessage(welcome(data));
    }
  };

  const lead = () => new Promise((release) => {
    holding = true;
    stream = hold(base, pageAge, (message) => {
      take(message, true);
      channel.postMessage(message);
    });
    quit = () => {
      holding = false;
      stream.close();
      stream = null;
      release();
    };
  });

  const look = () => {
    if (stream) stream.kick();
    if (quit) return;
    const abort = new AbortController();
    quit = () => abort.abort();
    navigator.locks.request(base, { signal: abort.signal }, lead)
      .catch((error) => error.name === "AbortError" || fail());
  };

  const rest = () => {
    quit?.();
    quit = null;
  };

  const leave = () => {
    rest();
    channel.close();
  };

  return { look, rest, leave, ask: (request) => channel.postMessage(request) };
}

function workerLine(base, take, fail) {
  const { port } = Object.assign(new SharedWorker(tag.src, { name: base }), { onerror: fail });
  port.onmessage = ({ data }) => take(data, false);
  // The worker can show no notification. Each page may, and the tag makes them one.
  holding = true;
  const ask = (request) => port.postMessage(request);
  return { look() {}, rest() {}, ask, leave: () => ask({ left: true }) };
}

// The other end of `workerLine`, in the worker: it has no page of its own.
function serveTabs() {
  const ports = new Set();
  let stream = null;

  const answer = (port, request) => {
    if (request.left) ports.delete(port);
    else if (relay.hello) port.postMessage(welcome(request));
    stream.kick();
  };

  self.onconnect = ({ ports: [port] }) => {
    ports.add(port);
    port.onmessage = ({ data }) => answer(port, data);
    const pass = (message) => {
      if (message.id && message.type !== "hello") note(message);
      ports.forEach((each) => each.postMessage(message));
    };
    stream ||= hold(self.name, () => 0, pass);
  };
}
