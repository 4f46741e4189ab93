// The page of a mail that asks to confirm an automatic payment: it leads to the bank and tells how it ended.
import { call } from "./api.mjs";
import { money } from "./format.mjs";
import { loginPage, whoIsHere } from "./session.mjs";

const id = location.pathname.split("/").filter(Boolean).pop();
const path = `/v1/attempts/${encodeURIComponent(id)}`;
const part = (name) => document.getElementById(name);

const endings = {
  succeeded: "Your payment was received. A receipt is on its way to you by mail.",
  declined: "The payment was not made: it was not confirmed in time, or your bank refused it.",
  cancelled: "The payment was not made. There is nothing to confirm.",
  processing: "Your payment is being processed. You will get a receipt by mail when it is done.",
};

function tell(text) {
  part("payment").hidden = true;
  part("notice").textContent = text;
  part("notice").hidden = false;
}

function ask(attempt) {
  part("amount").textContent = money(attempt.amount, attempt.currency);
  part("until").textContent = attempt.confirm_before
    ? `Until ${new Intl.DateTimeFormat(undefined, { timeStyle: "short" }).format(new Date(attempt.confirm_before))}` : "";
  part("payment").hidden = false;
}

async function confirm() {
  part("problem").hidden = true;
  part("confirm").disabled = true;
  try {
    const { body } = await call("POST", `${path}/confirm`);
    if (body.redirect_url) return location.assign(body.redirect_url);
    return tell(endings[body.state] || endings.processing);
  } catch (error) {
    part("problem").textContent = error.message;
    part("problem").hidden = false;
    part("confirm").disabled = false;
  }
  return undefined;
}

// The gateway tells us a moment after the bank has let the payer go.
async function outcome() {
  let attempt;
  for (let round = 0; round < 15; round += 1) {
    ({ body: attempt } = await call("GET", path));
    if (attempt.state !== "requires_action" || !location.search.includes("returned")) return attempt;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  return attempt;
}

async function start() {
  try {
    if (!(await whoIsHere())) return location.replace(loginPage());
    const attempt = await outcome();
    if (attempt.state === "requires_action") ask(attempt);
    else tell(endings[attempt.state]);
    part("confirm").addEventListener("click", confirm);
  } catch (error) {
    tell(error.status === 404 ? "There is no such payment of yours." : error.message);
  }
  part("loading").hidden = true;
  return part("page").setAttribute("aria-busy", "false");
}

start();
