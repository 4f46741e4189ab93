// Logging in and out. The page to go back to stands behind the #, which is sent to nobody: it may hold a secret.
import { call, isLoggedIn } from "./api.mjs";

export async function logIn(fields) {
  await call("POST", "/v1/sessions", { body: { ...fields, delivery: "cookie" }, tries: 1 });
  if (!isLoggedIn()) {
    throw new Error("Your browser did not keep the login. Allow cookies, and open this page with https.");
  }
}

export const logOut = () => call("DELETE", "/v1/sessions/current");

export const logOutEverywhere = () => call("DELETE", "/v1/sessions");

export const loginPage = (back = location.pathname) => `/login#${back}`;

// A page of ours, whatever was written behind the #.
export function pageToReturnTo() {
  const page = new URL(location.hash.slice(1) || "/account", location.origin);
  return page.origin === location.origin ? page.pathname : "/account";
}

// Who is logged in; nobody is an answer too.
export async function whoIsHere() {
  try {
    return (await call("GET", "/v1/me")).body;
  } catch (error) {
    if (error.status === 401) return null;
    throw error;
  }
}
