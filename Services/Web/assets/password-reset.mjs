// The page behind the link that replaces a forgotten password. The token counts once, with the form and not with a visit.
import { call, newKey } from "./api.mjs";

const token = location.pathname.split("/").filter(Boolean).pop();
const part = (id) => document.getElementById(id);

async function reset(event) {
  event.preventDefault();
  part("save").disabled = true;
  part("problem").hidden = true;
  try {
    const body = { password: part("password").value };
    await call("POST", `/v1/password_resets/${encodeURIComponent(token)}`, { body, key: newKey() });
    part("intro").hidden = true;
    part("reset").hidden = true;
    part("done").hidden = false;
    part("done-title").focus();
  } catch (error) {
    part("problem").textContent = error.errors?.length ? error.errors.map((field) => field.message).join(" ")
      : error.message;
    part("problem").hidden = false;
    part("save").disabled = false;
  }
}

part("reset").addEventListener("submit", reset);
