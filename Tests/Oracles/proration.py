"""Answers, in exact fractions, what prices and changes of subscriptions come to.

Each line of the file is a question; each line printed is its answer.

    {"kind": "share", "amount": 1000, "start": 0, "end": 9, "whole_start": 0, "whole_end": 10}
    {"kind": "tiers", "mode": "graduated", "quantity": "12.5", "tiers": [["10", "1.5", 0], [null, "1", 300]]}
"""

import json
import sys
from fractions import Fraction


def half_away(value):
    doubled = abs(value) * 2
    rounded = (doubled.numerator + doubled.denominator) // (2 * doubled.denominator)
    return -rounded if value < 0 else rounded


def share(question):
    part = max(0, question["end"] - question["start"])
    whole = question["whole_end"] - question["whole_start"]
    return half_away(Fraction(question["amount"]) * min(Fraction(1), Fraction(part, whole)))


def tiers(question):
    quantity = Fraction(question["quantity"])
    if quantity == 0:
        return 0
    steps = [(None if top is None else Fraction(top), Fraction(price), fee) for top, price, fee in question["tiers"]]
    if question["mode"] == "volume":
        price, fee = next((p, f) for top, p, f in steps if top is None or quantity <= top)
        return half_away(quantity * price) + fee
    total, below = 0, Fraction(0)
    for top, price, fee in steps:
        if quantity <= below:
            break
        inside = (quantity if top is None else min(top, quantity)) - below
        total += half_away(inside * price) + fee
        below += inside
    return total


def main():
    with open(sys.argv[1]) as questions:
        for line in questions:
            question = json.loads(line)
            print(share(question) if question["kind"] == "share" else tiers(question))


main()
