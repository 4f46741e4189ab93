// Calls our own origin. Writes carry an idempotency key, so that sending one again can never act twice. Who is logged in
// is known by cookies that no script can read; what a script can read is the token that shows that a page of ours asks.

const csrfCookie = "__Host-duely_csrf=";

export class Problem extends Error {
  constructor(status, body) {
    super(body.detail || body.title || "The request was refused.");
    this.status = status;
    this.code = body.code || "unknown";
    this.errors = body.errors || [];
  }
}

export function newKey() {
  return crypto.randomUUID ? crypto.randomUUID() : Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0")).join("");
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// Read for every request: another tab may have logged in or out meanwhile.
function csrfToken() {
  const pair = document.cookie.split("; ").find((text) => text.startsWith(csrfCookie));
  return pair ? pair.slice(csrfCookie.length) : "";
}

export const isLoggedIn = () => csrfToken() !== "";

async function send(method, path, { body, key, anonymous = false } = {}) {
  const headers = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (key) headers["Idempotency-Key"] = key;
  const token = anonymous ? "" : csrfToken();
  if (token && method !== "GET") headers["X-CSRF-Token"] = token;
  const answer = await fetch(path, {
    method, headers, body: body === undefined ? undefined : JSON.stringify(body),
    credentials: anonymous ? "omit" : "same-origin", cache: "no-store",
  });
  return { answer, parsed: await answer.json().catch(() => ({})) };
}

// One tab at a time: each finds the cookies that the one before it was given.
const oneTabAtATime = (task) => (navigator.locks ? navigator.locks.request("duely-refresh", task) : task());

let refreshing;

// Exchanges the tokens of the login, once for all requests of this page that wait for it. A login that is over is no
// failure: its cookies are gone afterwards.
function refresh() {
  refreshing ??= oneTabAtATime(async () => {
    const { answer, parsed } = await send("POST", "/v1/sessions/refresh", { body: { delivery: "cookie" } });
    if (!answer.ok && answer.status !== 401) throw new Problem(answer.status, parsed);
  }).finally(() => { refreshing = undefined; });
  return refreshing;
}

// A refused token had no effect, so the request may be sent again.
const hasEnded = (answer, parsed) => answer.status === 401 && isLoggedIn() &&
  (parsed.code === "token_expired" || parsed.code === "invalid_token");

// Tries again when nothing was answered or the service asks for patience; the key makes that safe for writes too. What
// is asked anonymously is asked as nobody, whoever is logged in.
export async function call(method, path, { body, key, anonymous = false, tries = 4 } = {}) {
  let mayRefresh = true;
  for (let attempt = 1; ; attempt += 1) {
    const isLast = attempt >= tries;
    try {
      let { answer, parsed } = await send(method, path, { body, key, anonymous });
      if (mayRefresh && hasEnded(answer, parsed)) {
        await refresh();
        mayRefresh = false;
        ({ answer, parsed } = await send(method, path, { body, key, anonymous }));
      }
      if (answer.ok) return { status: answer.status, body: parsed };
      const mayWait = answer.status === 503 || answer.status === 429 || (answer.status === 404 &&
        answer.headers.has("Retry-After"));
      if (isLast || !mayWait) throw new Problem(answer.status, parsed);
      await pause(Math.min(5, Number(answer.headers.get("Retry-After")) || 1) * 1000);
    } catch (error) {
      if (error instanceof Problem || isLast) throw error;
      await pause(500 * attempt);
    }
  }
}
