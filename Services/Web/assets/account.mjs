// Who is logged in here, on which other devices, and the way out.
import { call } from "./api.mjs";
import { logOut, logOutEverywhere, loginPage, whoIsHere } from "./session.mjs";

const part = (id) => document.getElementById(id);

function device(session) {
  const row = document.createElement("li");
  const when = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" })
    .format(new Date(session.last_used_at));
  row.textContent = [session.is_current ? "This device" : session.user_agent || "Unknown device",
    session.client_address, when].filter(Boolean).join(" · ");
  return row;
}

async function leave(end) {
  part("notice").hidden = true;
  try {
    await end();
  } catch (error) {
    // Somebody else ended it: that is as good.
    if (error.status !== 401) {
      part("notice").textContent = error.message;
      part("notice").hidden = false;
      return;
    }
  }
  location.replace(loginPage());
}

async function start() {
  try {
    const me = await whoIsHere();
    if (!me) return location.replace(loginPage());
    part("who").textContent = `${me.name} · ${me.email}`;
    const { body: sessions } = await call("GET", "/v1/sessions");
    part("devices").replaceChildren(...sessions.map(device));
    part("account").hidden = false;
    part("leave").addEventListener("click", () => leave(logOut));
    part("leave-all").addEventListener("click", () => leave(logOutEverywhere));
  } catch (error) {
    part("notice").textContent = error.message;
    part("notice").hidden = false;
  }
  part("loading").hidden = true;
  return part("page").setAttribute("aria-busy", "false");
}

start();
