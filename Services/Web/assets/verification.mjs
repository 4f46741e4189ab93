// The page behind the link that proves an address. It takes a click: programs that scan mails follow links by themselves.
import { call } from "./api.mjs";

const token = location.pathname.split("/").filter(Boolean).pop();
const part = (id) => document.getElementById(id);

async function confirm(event) {
  event.preventDefault();
  part("confirm").disabled = true;
  part("notice").hidden = true;
  try {
    await call("POST", "/v1/verifications", { body: { token } });
    part("intro").hidden = true;
    part("confirmation").hidden = true;
    part("done").hidden = false;
    part("done-title").focus();
  } catch (error) {
    part("notice").textContent = error.message;
    part("notice").hidden = false;
    part("confirm").disabled = false;
  }
}

part("confirmation").addEventListener("submit", confirm);
