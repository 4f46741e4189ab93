// The page behind a payment link: shows what is asked for, sends the card to the gateway and only its name to us.
import { call, newKey, Problem } from "./api.mjs";
import { day, money } from "./format.mjs";

const token = location.pathname.split("/").filter(Boolean).pop();
const path = `/v1/invoices/pay/${encodeURIComponent(token)}`;
const part = (id) => document.getElementById(id);

function show(id, text) {
  const element = part(id);
  if (text !== undefined) element.textContent = text;
  element.hidden = false;
  return element;
}

function hide(...ids) {
  for (const id of ids) part(id).hidden = true;
}

const refusals = {
  insufficient_funds: "Your card has not enough money for this amount. Try another card.",
  expired_card: "Your card has expired. Try another card.",
  incorrect_cvc: "The security code is not right. Please check it.",
  processing_error: "Your bank could not process the payment just now. Please try again in a moment.",
  authentication_required: "Your bank wanted you to confirm this payment, and it was not confirmed.",
};

function explain(error) {
  if (!(error instanceof Problem)) return "The connection failed. Nothing was charged twice; please try again.";
  switch (error.code) {
    case "card_refused":
    case "payment_declined":
      return refusals[error.message.split(": ").pop()] || "Your bank declined the card. Try another card.";
    case "card_invalid": return error.message;
    case "payment_in_progress": return "A payment of this invoice is under way. Please wait a moment.";
    case "link_expired": return "This payment link has expired.";
    case "link_used": return "This payment link was for one payment, and was used.";
    case "link_revoked": return "This payment link was replaced. Please use the newest mail of this invoice.";
    case "not_found": return "This payment link is not valid. Check that the whole link was copied.";
    case "rate_limited": return "Too many attempts. Please wait a while and try again.";
    default: return error.message;
  }
}

function showInvoice(invoice) {
  const due = money(invoice.amount_due, invoice.currency);
  document.title = `Pay ${due}`;
  show("invoice");
  part("sender").textContent = invoice.sender || "";
  part("amount").textContent = due;
  part("about").textContent = [invoice.number || invoice.reference_id, invoice.title].filter(Boolean).join(" · ");
  part("due").textContent = invoice.due_date ? `Due ${day(invoice.due_date)}` : "";
  part("pay").textContent = `Pay ${due}`;
  showParts(invoice);
  showPortions(invoice);
  if (invoice.autopay) {
    const whole = invoice.autopay === "invoice" ? "This invoice is" : "The whole series is";
    const what = invoice.recurring_invoice_id ? whole : "This invoice is";
    show("series", `${what} paid automatically with a saved card. Nothing needs to be done here.`);
  } else if (invoice.recurring_invoice_id) {
    const sender = invoice.sender || "the sender";
    show("series", `This invoice is one of a series. A card that ${sender} may charge covers the whole series.`);
  }
}

const words = { paid: "paid", overdue: "overdue", partially_paid: "partly paid", open: "" };

function showParts(invoice) {
  const parts = invoice.instalments || [];
  if (!parts.length) return;
  part("due").textContent = "";
  show("parts").replaceChildren(...parts.map((entry) => {
    const line = document.createElement("li");
    const [when, sum] = [document.createElement("span"), document.createElement("span")];
    when.textContent = day(entry.due_date);
    sum.textContent = [money(entry.amount, invoice.currency), words[entry.status]].filter(Boolean).join(" · ");
    line.append(when, sum);
    return line;
  }));
}

// The next part, everything, or another sum where the sender takes it; nothing to choose where it is all the same.
function showPortions(invoice) {
  const next = invoice.next_instalment;
  const hasNext = Boolean(next) && next.amount_due < invoice.amount_due;
  if (!hasNext && !invoice.allow_partial_payments) return;
  show("portion");
  part("choice-next").hidden = !hasNext;
  part("choice-other").hidden = !invoice.allow_partial_payments;
  part("sum-all").textContent = `Everything: ${money(invoice.amount_due, invoice.currency)}`;
  if (hasNext) {
    part("sum-next").textContent = `Instalment ${next.no}: ${money(next.amount_due, invoice.currency)}, due ${day(next.due_date)}`;
    part("card").elements.portion.value = "next";
  }
  part("portion").addEventListener("change", () => choose(invoice));
  choose(invoice);
}

function choose(invoice) {
  const choice = part("card").elements.portion.value;
  part("other").hidden = choice !== "other";
  const sum = choice === "next" ? invoice.next_instalment.amount_due : invoice.amount_due;
  part("pay").textContent = choice === "other" ? "Pay" : `Pay ${money(sum, invoice.currency)}`;
}

// What of the invoice is to be paid, as the service wants to hear it; null where a sum is not readable.
function portion() {
  if (part("portion").hidden) return {};
  const choice = part("card").elements.portion.value;
  if (choice !== "other") return { instalment: choice };
  const amount = part("other").value.trim().replace(",", ".");
  const holds = /^\d+(\.\d+)?$/.test(amount) && Number(amount) > 0;
  part("other").setAttribute("aria-invalid", String(!holds));
  return holds ? { amount } : null;
}

function isSettled(invoice) {
  return invoice.is_paid === true || invoice.status === "paid" || Number(invoice.amount_due) === 0;
}

function showSettled(invoice, justNow) {
  hide("card", "notice");
  if (justNow) {
    part("receipt-text").textContent = "Your payment was received. A receipt is on its way to you by mail.";
  } else {
    part("receipt-title").textContent = "This invoice is paid";
    part("receipt-text").textContent = "There is nothing left to pay.";
  }
  part("amount").textContent = money(invoice.total ?? invoice.amount_paid ?? 0, invoice.currency);
  show("receipt");
  if (justNow) part("receipt-title").focus();
}

function showPartlyPaid(invoice) {
  hide("card", "notice");
  showParts(invoice);
  const open = money(invoice.amount_due, invoice.currency);
  const next = invoice.next_instalment;
  part("receipt-text").textContent = `Your payment was received. A receipt is on its way to you by mail. ${open} is still open`
    + (next ? `; the next instalment is due ${day(next.due_date)}.` : ".");
  part("amount").textContent = open;
  show("receipt");
  part("receipt-title").focus();
}

// The bank's answer may take longer than a request: the page asks until the invoice says how it ended.
async function waitForOutcome(before) {
  hide("card");
  show("notice", "Your payment is being processed. You can stay on this page or come back later.");
  for (let round = 0; round < 60; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, round < 10 ? 1000 : 5000));
    const { body: invoice } = await call("GET", path);
    if (isSettled(invoice)) return showSettled(invoice, true);
    if (invoice.amount_due < before.amount_due) return showPartlyPaid(invoice);
  }
  return show("notice", "This takes unusually long. Your bank will tell; you will get a receipt by mail when it is done.");
}

function showForm(invoice, problem) {
  hide("notice");
  show("card");
  if (problem) show("problem", problem);
  part("pay").disabled = false;
}

function readCard() {
  const number = part("number").value.replace(/\D/g, "");
  const [month, year] = part("expiry").value.split(/\s*[/\-.]\s*|\s+/).map((text) => text.trim());
  const code = part("code").value.trim();
  const wrong = [];
  const check = (id, holds) => {
    part(id).setAttribute("aria-invalid", String(!holds));
    if (!holds) wrong.push(part(id));
  };
  check("number", number.length >= 12);
  check("expiry", /^\d{1,2}$/.test(month ?? "") && Number(month) >= 1 && Number(month) <= 12 && /^\d{2,4}$/.test(year ?? ""));
  check("code", /^\d{3,4}$/.test(code));
  if (wrong.length) {
    wrong[0].focus();
    return null;
  }
  return { number, month, year, code };
}

// Straight to the gateway, with the key that may only do this. A plain form keeps it a simple request.
async function cardToken(config, card) {
  const answer = await fetch(`${config.gateway_url}/v1/payment_methods`, {
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({
      key: config.publishable_key, type: "card", "card[number]": card.number, "card[exp_month]": card.month,
      "card[exp_year]": card.year, "card[cvc]": card.code,
    }),
    credentials: "omit",
    referrerPolicy: "no-referrer",
  });
  const body = await answer.json();
  if (!answer.ok) throw new Problem(answer.status, { code: "card_invalid", title: body.error?.message });
  return body.id;
}

// The bank wants to hear from the payer: it has a page of its own, from which it leads back to this one.
async function confirmAtBank(shown) {
  const { body } = await call("POST", `${path}/confirm`);
  if (!body.redirect_url) return waitForOutcome(shown);
  return location.assign(body.redirect_url);
}

async function pay(event, config, shown) {
  event.preventDefault();
  hide("problem");
  const [card, share] = [readCard(), portion()];
  if (!card || !share) return show("problem", "Please check the marked fields.");
  part("pay").disabled = true;
  try {
    const method = await cardToken(config, card);
    const { body } = await call("POST", path, { body: { payment_method: method, ...share }, key: newKey() });
    for (const id of ["number", "expiry", "code"]) part(id).value = "";
    if (body.state === "requires_action") return await confirmAtBank(shown);
    if (body.state !== "succeeded" || !body.invoice) return await waitForOutcome(shown);
    return isSettled(body.invoice) ? showSettled(body.invoice, true) : showPartlyPaid(body.invoice);
  } catch (error) {
    part("pay").disabled = false;
    return show("problem", explain(error));
  }
}

// It goes to the address that the sender has, whoever asks here.
async function renew() {
  part("renew").disabled = true;
  try {
    await call("POST", `${path}/renewal`, { key: newKey() });
    hide("renew");
    show("notice", "A new link is on its way to the address to which the invoice was sent.");
  } catch (error) {
    part("renew").disabled = false;
    show("notice", explain(error));
  }
}

async function start() {
  try {
    const [{ body: invoice }, { body: config }] = await Promise.all([call("GET", path), call("GET", "/v1/pay/config")]);
    hide("loading");
    showInvoice(invoice);
    part("card").addEventListener("submit", (event) => pay(event, config, invoice));
    if (isSettled(invoice)) showSettled(invoice, false);
    else if (invoice.status === "voided") show("notice", "This invoice was cancelled. There is nothing to pay.");
    else if (location.search.includes("returned")) await waitForOutcome(invoice);
    else showForm(invoice);
  } catch (error) {
    hide("loading");
    show("notice", explain(error));
    if (["link_expired", "link_used"].includes(error.code)) show("renew").addEventListener("click", renew);
  } finally {
    part("page").setAttribute("aria-busy", "false");
  }
}

start();
