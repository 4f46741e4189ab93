// The page behind an invitation: a new person chooses a name and a password, who has an account accepts with it.
import { call, newKey } from "./api.mjs";
import { logIn, loginPage, whoIsHere } from "./session.mjs";

const token = location.pathname.split("/").filter(Boolean).pop();
const path = `/v1/invitations/${encodeURIComponent(token)}`;
const part = (id) => document.getElementById(id);
const key = newKey();

function finish(title) {
  if (title) part("done-title").textContent = title;
  part("account").hidden = true;
  part("existing").hidden = true;
  part("done").hidden = false;
  part("done-title").focus();
}

function explain(id, error) {
  const details = (error.errors || []).map((item) => item.message).join(" ");
  part(id).textContent = details || error.message;
  part(id).hidden = false;
}

async function create(event, email) {
  event.preventDefault();
  part("problem").hidden = true;
  part("accept").disabled = true;
  const password = part("password").value;
  try {
    const body = { name: part("name").value.trim(), password };
    await call("POST", `${path}/accept`, { body, key, anonymous: true });
  } catch (error) {
    explain("problem", error);
    part("accept").disabled = false;
    return;
  }
  part("password").value = "";
  // The account exists, whether or not this login works out: the page of the account asks for it again.
  try { await logIn({ email, password }); } catch (error) { console.warn(error.message); }
  finish();
}

async function join(event) {
  event.preventDefault();
  part("existing-problem").hidden = true;
  part("join").disabled = true;
  try {
    await call("POST", `${path}/accept`, { key });
    finish("The invitation is accepted");
  } catch (error) {
    explain("existing-problem", error);
    part("join").disabled = false;
  }
}

// What keeps this invitation from being accepted; nothing if it can be.
function whyNot(invitation) {
  if (invitation.status === "accepted") return "This invitation was accepted. You can log in.";
  return invitation.status === "pending" ? "" : "This invitation is not valid any more. Ask the sender for a new one.";
}

function showExisting(me, invitation) {
  if (me?.email.toLowerCase() === invitation.email.toLowerCase()) {
    part("existing-who").textContent = `You are logged in as ${me.email}.`;
    part("existing").hidden = false;
    part("existing").addEventListener("submit", join);
  } else {
    part("notice").textContent = "There is an account with your address. Log in and accept the invitation with it.";
    part("notice").hidden = false;
    part("log-in").href = loginPage();
    part("other").hidden = false;
  }
}

async function start() {
  try {
    const { body: invitation } = await call("GET", path);
    const sender = invitation.organization_name || "A sender";
    const refusal = whyNot(invitation);
    if (refusal) throw new Error(refusal);
    part("about").textContent = invitation.kind === "member"
      ? `${sender} invites you to its team.` : `${sender} invites you to see and pay its invoices here.`;
    part("intro").hidden = false;
    if (invitation.account_exists) return showExisting(await whoIsHere(), invitation);
    part("name").value = invitation.name || "";
    part("account").hidden = false;
    part("account").addEventListener("submit", (event) => create(event, invitation.email));
  } catch (error) {
    part("notice").textContent = error.status === 404
      ? "This invitation is not valid any more. Ask the sender for a new one." : error.message;
    part("notice").hidden = false;
  } finally {
    part("loading").hidden = true;
    part("page").setAttribute("aria-busy", "false");
  }
}

start();
