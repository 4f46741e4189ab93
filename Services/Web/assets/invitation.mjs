// The page behind an invitation: a new client chooses a name and a password.
import { call, newKey } from "./api.mjs";

const token = location.pathname.split("/").filter(Boolean).pop();
const path = `/v1/invitations/${encodeURIComponent(token)}`;
const part = (id) => document.getElementById(id);
const key = newKey();

async function accept(event) {
  event.preventDefault();
  part("problem").hidden = true;
  part("accept").disabled = true;
  try {
    const body = { name: part("name").value.trim(), password: part("password").value };
    await call("POST", `${path}/accept`, { body, key });
    part("account").hidden = true;
    part("done").hidden = false;
    part("done-title").focus();
  } catch (error) {
    const details = (error.errors || []).map((item) => item.message).join(" ");
    part("problem").textContent = details || error.message;
    part("problem").hidden = false;
    part("accept").disabled = false;
  }
}

// What keeps this invitation from being accepted here; nothing if it can be.
function whyNot(invitation) {
  if (invitation.status === "accepted") return "This invitation was accepted. You can log in.";
  if (invitation.status !== "pending") {
    return "This invitation is not valid any more. Ask the sender for a new one.";
  }
  return invitation.account_exists
    ? "There is an account with your address. Log in and accept the invitation with it." : "";
}

async function start() {
  try {
    const { body: invitation } = await call("GET", path);
    const sender = invitation.organization_name || "A sender";
    const refusal = whyNot(invitation);
    if (refusal) throw new Error(refusal);
    part("about").textContent = invitation.kind === "member"
      ? `${sender} invites you to its team.` : `${sender} invites you to see and pay its invoices here.`;
    part("name").value = invitation.name || "";
    part("intro").hidden = false;
    part("account").hidden = false;
    part("account").addEventListener("submit", accept);
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
