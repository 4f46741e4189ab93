"""Accepts invitations in a real browser: as a new person, as one who is logged in, as one who must log in first, and as
a new person at a browser where somebody else is logged in. Arguments: addresses of the four, password, folder."""
import json
import sys

from playwright.sync_api import sync_playwright

new, known, later, other, password, folder = sys.argv[1:7]
seen = {"console": [], "secrets": [], "script_cookies": []}


def watched(context):
    page = context.new_page()
    page.on("console", lambda line: seen["console"].append(line.text))
    page.on("pageerror", lambda error: seen["console"].append(str(error)))
    return page


def create(page):
    page.get_by_label("Choose a password").fill(password)
    page.get_by_role("button", name="Create my account").click()
    page.get_by_role("heading", name="Your account is ready").wait_for()


def account(page):
    page.get_by_role("link", name="Your account").click()
    page.get_by_role("heading", name="Your account").wait_for()
    seen["script_cookies"].append(page.evaluate("document.cookie"))
    return page.get_by_role("main").inner_text()


with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
    context = browser.new_context(viewport={"width": 390, "height": 800})
    page = watched(context)
    page.goto(new)
    create(page)
    seen["new"] = account(page)
    page.goto(known)
    page.get_by_role("button", name="Accept the invitation").click()
    page.get_by_role("heading", name="The invitation is accepted").wait_for()
    seen["secrets"] = [cookie["value"] for cookie in context.cookies() if cookie["httpOnly"]]
    page.goto(other)
    create(page)
    seen["other"] = account(page)
    seen["secrets"] += [cookie["value"] for cookie in context.cookies() if cookie["httpOnly"]]
    fresh = browser.new_context(viewport={"width": 390, "height": 800})
    page = watched(fresh)
    page.goto(later)
    page.get_by_role("link", name="Log in with the account").click()
    page.get_by_label("E-mail address").fill("c@acme.test")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("button", name="Accept the invitation").click()
    page.get_by_role("heading", name="The invitation is accepted").wait_for()
    page.screenshot(path=f"{folder}/invitation-accepted.png")
    seen["storage"] = page.evaluate("localStorage.length + sessionStorage.length")
    browser.close()
print(json.dumps(seen))
