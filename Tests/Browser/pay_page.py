"""Pays an invoice in a real browser as a person would, and writes down what the page did. Arguments: address, folder."""
import json
import sys

from playwright.sync_api import sync_playwright

address, folder = sys.argv[1], sys.argv[2]
seen = {"console": [], "posts": [], "foreign": []}


def pay(page, number):
    page.get_by_label("Card number").fill(number)
    page.get_by_label("Expiry date").fill("12 / 34")
    page.get_by_label("Security code").fill("123")
    page.get_by_role("button", name="Pay").click()


with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.on("console", lambda line: seen["console"].append(line.text))
    page.on("pageerror", lambda error: seen["console"].append(str(error)))
    page.on("request", lambda request: seen["posts"].append([request.url, request.post_data or ""])
            if request.method == "POST" else None)
    page.goto(address)
    page.get_by_role("button", name="Pay").wait_for()
    seen["amount"] = page.get_by_role("heading", level=1).inner_text()
    page.screenshot(path=f"{folder}/pay-page.png")
    pay(page, "12")
    page.get_by_role("alert").wait_for()
    seen["incomplete"] = page.get_by_role("alert").inner_text()
    pay(page, "4000 0000 0000 9995")
    page.get_by_text("has not enough money").wait_for()
    pay(page, "4242 4242 4242 4242")
    page.get_by_role("heading", name="Thank you").wait_for()
    seen["focused"] = page.evaluate("document.activeElement.id")
    seen["number_left"] = page.evaluate("document.getElementById('number').value")
    page.screenshot(path=f"{folder}/pay-page-paid.png")
    page.reload()
    page.get_by_role("heading", name="This invoice is paid").wait_for()
    seen["styles"] = page.evaluate("document.querySelectorAll('[style], script:not([src])').length")
    browser.close()
print(json.dumps(seen))
