// Money and dates as the reader's language writes them; amounts stay exact texts until they are shown.

export function money(amount, currency) {
  const code = String(currency || "").toUpperCase();
  try {
    return new Intl.NumberFormat(undefined, { style: "currency", currency: code }).format(amount);
  } catch {
    return `${amount} ${code}`;
  }
}

export function day(text) {
  const date = new Date(`${String(text).slice(0, 10)}T12:00:00Z`);
  if (Number.isNaN(date.getTime())) return String(text);
  return new Intl.DateTimeFormat(undefined, {
    weekday: "long", day: "numeric", month: "long", year: "numeric", timeZone: "UTC",
  }).format(date);
}
