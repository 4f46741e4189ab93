"""Logs in and out in a real browser as a person would, and writes down what scripts could see. Arguments: address,
e-mail, password, file of the clock, folder for pictures."""
import json
import sys

from playwright.sync_api import sync_playwright

address, mail, password, clock, folder = sys.argv[1:6]
seen = {"console": [], "storage": [], "script_cookies": []}


def look(page):
    """What a script of the page could steal."""
    seen["storage"].append(page.evaluate("localStorage.length + sessionStorage.length"))
    seen["script_cookies"].append(page.evaluate("document.cookie"))


def log_in(page, word):
    page.get_by_label("E-mail address").fill(mail)
    page.get_by_label("Password").fill(word)
    page.get_by_role("button", name="Log in").click()


def is_logged_in(page):
    page.get_by_role("heading", name="Your account").wait_for()
    return mail in page.get_by_role("main").inner_text()


def pass_time(seconds):
    with open(clock) as file:
        shift = int(file.read().strip() or 0)
    with open(clock, "w") as file:
        file.write(f"{shift + seconds}\n")


with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
    context = browser.new_context(viewport={"width": 390, "height": 800})
    refreshes = []

    def watched():
        page = context.new_page()
        page.on("console", lambda line: seen["console"].append(line.text))
        page.on("pageerror", lambda error: seen["console"].append(str(error)))
        page.on("response", lambda answer: refreshes.append(answer.status)
                if answer.url.endswith("/v1/sessions/refresh") else None)
        return page

    page = watched()
    page.goto(address + "/account")
    page.get_by_role("heading", name="Log in").wait_for()
    seen["sent_to"] = page.url
    log_in(page, "not the password")
    page.get_by_role("alert").wait_for()
    seen["refused"] = page.get_by_role("alert").inner_text()
    look(page)
    log_in(page, password)
    seen["logged_in"] = is_logged_in(page)
    page.screenshot(path=f"{folder}/account.png")
    look(page)
    cookies = [cookie for cookie in context.cookies() if "duely" in cookie["name"]]
    seen["cookies"] = {cookie["name"]: [cookie["httpOnly"], cookie["secure"], cookie["sameSite"], cookie["path"]]
                       for cookie in cookies}
    seen["secrets"] = [cookie["value"] for cookie in cookies if cookie["httpOnly"]]
    # Two tabs wake up when the access token has ended.
    tab = watched()
    tab.goto(address + "/account")
    is_logged_in(tab)
    pass_time(700)
    ask = "async () => (await (await fetch('/v1/me', { cache: 'no-store' })).json()).code"
    for _ in range(100):
        if page.evaluate(ask) == "token_expired":
            break
        page.wait_for_timeout(100)
    start = """() => { window.answers = import("/assets/api.mjs").then(({ call }) => Promise.all([
        call("GET", "/v1/me"), call("GET", "/v1/sessions"), call("PATCH", "/v1/me", { body: { name: "Nora" } }),
    ])).then((answers) => answers.map((answer) => answer.status)); }"""
    # Both reach the point where they want to refresh, and only then one of them may.
    page.evaluate("""() => new Promise((held) => {
        navigator.locks.request("duely-refresh", () => new Promise((free) => { window.free = free; held(); }));
    })""")
    for each in (page, tab):
        each.evaluate(start)
    for _ in range(100):
        if page.evaluate("async () => (await navigator.locks.query()).pending.length") == 2:
            break
        page.wait_for_timeout(100)
    page.evaluate("() => window.free()")
    seen["answers"] = [each.evaluate("() => window.answers") for each in (page, tab)]
    seen["still_logged_in"] = is_logged_in(page) and is_logged_in(tab)
    seen["refreshes"] = refreshes
    look(page)
    seen["secrets"] += [cookie["value"] for cookie in context.cookies() if cookie["httpOnly"]]
    # A form of another site is sent without the cookies, and its origin is not ours.
    stranger = context.new_page()
    stranger.goto(address.replace("127.0.0.1", "localhost") + "/robots.txt")
    seen["stranger"] = stranger.evaluate("""async (address) => {
        try {
            const answer = await fetch(address + "/v1/sessions", { method: "DELETE", credentials: "include" });
            return answer.status;
        } catch (error) { return String(error); }
    }""", address)
    page.get_by_role("button", name="Log out", exact=True).click()
    page.get_by_role("heading", name="Log in").wait_for()
    look(page)
    seen["cookies_left"] = [cookie["name"] for cookie in context.cookies() if "duely" in cookie["name"]]
    tab.reload()
    tab.get_by_role("heading", name="Log in").wait_for()
    page.goto(address + "/login#//evil.test/x")
    log_in(page, password)
    is_logged_in(page)
    seen["stayed"] = page.url.startswith(address)
    page.get_by_role("button", name="Log out everywhere").click()
    page.get_by_role("heading", name="Log in").wait_for()
    seen["cookies_left"] += [cookie["name"] for cookie in context.cookies() if "duely" in cookie["name"]]
    browser.close()
print(json.dumps(seen))
