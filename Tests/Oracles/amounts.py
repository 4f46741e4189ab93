#!/usr/bin/python3
"""What invoices come to, worked out with fractions that are never rounded but where the rules say so.

Reads one invoice as JSON on each line of the file that is named, writes one answer on each line. It shares nothing with
the code that it checks but the rules.
"""
import json
import sys
from decimal import Decimal
from fractions import Fraction


def exact(text):
    return Fraction(Decimal(text))


def half_up(value):
    """To the nearest whole number, a half away from zero."""
    whole, rest = divmod(abs(value), 1)
    result = int(whole) + (1 if rest * 2 >= 1 else 0)
    return result if value >= 0 else -result


def split(amount, weights):
    """Whole parts of a whole amount; the largest remainders get what rounding down has left."""
    if amount == 0:
        return [0] * len(weights)
    shares = [Fraction(amount) * weight / sum(weights) for weight in weights]
    parts = [share.numerator // share.denominator for share in shares]
    order = sorted(range(len(weights)), key=lambda i: (parts[i] - shares[i], i))
    for i in order[: amount - sum(parts)]:
        parts[i] += 1
    return parts


def taken_off(discount, base):
    if discount is None or base <= 0:
        return 0
    if "percent" in discount:
        return half_up(base * exact(discount["percent"]) / 100)
    return min(discount["fixed"], base)


def answer(invoice):
    unit = 10 ** invoice["digits"]
    lines = invoice["lines"]
    totals = [half_up(exact(line["quantity"]) * exact(line["price"]) * unit) for line in lines]
    own = [taken_off(line["discount"], total) for line, total in zip(lines, totals)]
    rest = [total - off for total, off in zip(totals, own)]
    shares = split(taken_off(invoice["discount"], sum(rest)), [max(0, value) for value in rest])
    taxable = [value - share for value, share in zip(rest, shares)]
    summary, amounts, net_total, tax_total = {}, [], 0, 0
    for line, amount, off in zip(lines, taxable, [a + b for a, b in zip(own, shares)]):
        rates = [(r["id"], exact(r["percent"]) / 100, r["inclusive"]) for r in line["rates"]]
        if invoice["status"] != "taxable":
            rates = [(name, Fraction(0), inclusive) for name, _, inclusive in rates]
        inside = [rate for _, rate, inclusive in rates if inclusive]
        contained = half_up(amount - amount / (1 + sum(inside)))
        parts = split(abs(contained), inside) if contained else [0] * len(inside)
        parts = iter(part if contained >= 0 else -part for part in parts)
        net, added = amount - contained, 0
        for name, rate, inclusive in rates:
            tax = next(parts) if inclusive else half_up(net * rate)
            added += 0 if inclusive else tax
            before = summary.get(name, (0, 0))
            summary[name] = (before[0] + net, before[1] + tax)
        amounts.append([off, contained + added, added])
        net_total += net
        tax_total += contained + added
    if net_total + tax_total < 0:
        return {"negative": True}
    return {
        "subtotal": sum(totals), "discount": sum(a[0] for a in amounts), "net": net_total, "tax": tax_total,
        "total": net_total + tax_total, "lines": amounts,
        "taxes": [[name, net, tax] for name, (net, tax) in summary.items()],
    }


with open(sys.argv[1], encoding="utf-8") as invoices:
    for text in invoices:
        print(json.dumps(answer(json.loads(text)), separators=(",", ":")))
