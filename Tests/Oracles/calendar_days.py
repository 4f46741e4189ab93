#!/usr/bin/python3
"""When the days of a series begin to count, worked out by Python's own calendar and zone rules.

Reads one series as JSON on each line of the file that is named, and writes its moments on each line: pairs of a day
and seconds since 1970. It shares nothing with the code that it checks but the rules: each day is computed from the
first, a short month uses its last day, a local time that is skipped moves forward by the gap, and one that is repeated
means the first of the two.

    {"zone": "Europe/Berlin", "first": "2024-01-31", "time": "09:00", "every": 1, "unit": "month", "anchor": 31,
     "until": null, "count": null, "end": "2033-12-31"}
"""
import json
import sys
from calendar import monthrange
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def days(series):
    first, every = date.fromisoformat(series["first"]), series["every"]
    position = 0
    while True:
        if series["unit"] in ("day", "week"):
            yield first + timedelta(days=position * every * (7 if series["unit"] == "week" else 1))
        elif position == 0:
            yield first
        else:
            months = first.year * 12 + first.month - 1 + position * every * (12 if series["unit"] == "year" else 1)
            year, month = divmod(months, 12)
            yield date(year, month + 1, min(series["anchor"], monthrange(year, month + 1)[1]))
        position += 1


def moments(series):
    zone, at = ZoneInfo(series["zone"]), time.fromisoformat(series["time"])
    last = min(date.fromisoformat(series[name]) for name in ("until", "end") if series.get(name))
    found = []
    for day in days(series):
        if day > last or len(found) == series.get("count"):
            return found
        # Of a repeated time the first is meant; for a skipped one the offset from before the gap counts.
        found.append([day.isoformat(), int(datetime.combine(day, at, zone).replace(fold=0).timestamp())])


with open(sys.argv[1], encoding="utf-8") as questions:
    for line in questions:
        print(json.dumps(moments(json.loads(line)), separators=(",", ":")))
