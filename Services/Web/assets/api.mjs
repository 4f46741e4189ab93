// Calls our own origin. Writes carry an idempotency key, so that sending one again can never act twice.

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

// Tries again when nothing was answered or the service asks for patience; the key makes that safe for writes too.
export async function call(method, path, { body, key, tries = 4 } = {}) {
  const headers = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (key) headers["Idempotency-Key"] = key;
  for (let attempt = 1; ; attempt += 1) {
    const isLast = attempt >= tries;
    try {
      const answer = await fetch(path, {
        method, headers, body: body === undefined ? undefined : JSON.stringify(body), credentials: "same-origin",
        cache: "no-store",
      });
      const parsed = await answer.json().catch(() => ({}));
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
