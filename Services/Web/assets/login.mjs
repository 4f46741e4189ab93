// Logging in with a password, and with a second factor where the account has one.
import { logIn, pageToReturnTo } from "./session.mjs";

const part = (id) => document.getElementById(id);

function askForCode() {
  part("second").hidden = false;
  part("code").required = true;
  part("code").focus();
}

function explain(error) {
  part("problem").textContent = error.errors?.length ? error.errors.map((field) => field.message).join(" ")
    : error.message;
  part("problem").hidden = false;
}

async function submit(event) {
  event.preventDefault();
  part("problem").hidden = true;
  part("enter").disabled = true;
  const fields = { email: part("email").value.trim(), password: part("password").value };
  const code = part("code").value.trim();
  // A written-down code is longer than the six digits of an application.
  if (code) fields[/^[\d ]{6,8}$/.test(code) ? "totp_code" : "recovery_code"] = code;
  try {
    await logIn(fields);
    location.replace(pageToReturnTo());
  } catch (error) {
    part("enter").disabled = false;
    if (error.code === "totp_required") askForCode();
    else explain(error);
  }
}

part("login").addEventListener("submit", submit);
