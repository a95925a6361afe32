"""What the win-back campaigns have to report, from the purchases alone: standard library only, nothing shared with the engine.

Usage: win_back.py PURCHASES.csv.gz PARAMETERS (JSON: see the test); prints one JSON object.
"""

import csv
import gzip
import json
import sys
from collections import defaultdict
from datetime import datetime, timedelta

MASK = 0xFFFFFFFF


def murmur3(text):
    """Austin Appleby's MurmurHash3 x86_32, seed 0, over UTF-8."""
    data = text.encode("utf-8")

    def rotated(x, by):
        return ((x << by) | (x >> (32 - by))) & MASK

    def mixed(k):
        return rotated(k * 0xCC9E2D51 & MASK, 15) * 0x1B873593 & MASK

    h = 0
    whole = len(data) // 4 * 4
    for at in range(0, whole, 4):
        h ^= mixed(int.from_bytes(data[at : at + 4], "little"))
        h = (rotated(h, 13) * 5 + 0xE6546B64) & MASK
    if data[whole:]:
        h ^= mixed(int.from_bytes(data[whole:], "little"))
    h ^= len(data)
    h = (h ^ (h >> 16)) * 0x85EBCA6B & MASK
    h = (h ^ (h >> 13)) * 0xC2B2AE35 & MASK
    return h ^ (h >> 16)


def is_held_out(experiment, customer, percent):
    """The first `percent` hundredths of the draw; its lower end is in, its upper end is not."""
    return murmur3(experiment + ":" + customer) * 100 < percent * 2**32


def purchases_of(path, hour):
    """All times of purchase by customer, in the order of the file."""
    bought = defaultdict(list)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            at = datetime.fromisoformat(row["purchased_on"]) + timedelta(hours=hour)
            bought[row["customer_id"]].append(at)
    return bought


def first_in(times, begin, end):
    return min((at for at in times if begin <= at < end), default=None)


class Cap:
    """At most so many contacts of a customer in any span."""

    def __init__(self, cap, days):
        self.cap = cap
        self.span = timedelta(days=days)
        self.contacts = defaultdict(list)

    def takes(self, customer, at):
        seen = [one for one in self.contacts[customer] if at - self.span < one <= at]
        if len(seen) >= self.cap:
            return False
        self.contacts[customer].append(at)
        return True


def wave():
    return {"entered": 0, "suppressed": {}, "sent": 0, "responded": 0, "paid": 0, "buyers": []}


def sent(figures, cap, customer, at):
    figures["entered"] += 1
    if cap.takes(customer, at):
        figures["sent"] += 1
    else:
        figures["suppressed"]["capped"] = figures["suppressed"].get("capped", 0) + 1


def main():
    path, given = sys.argv[1], json.loads(sys.argv[2])
    bought = purchases_of(path, given["purchaseHour"])
    epoch = datetime.fromisoformat(given["epoch"])
    silence = timedelta(days=given["silentDays"])
    span = timedelta(days=given["waitDays"])

    lapsed = sorted(
        customer
        for customer, times in bought.items()
        if sum(at < epoch for at in times) >= given["lapsedPurchases"]
        and not any(epoch - silence <= at < epoch for at in times)
    )
    held_out = [one for one in lapsed if is_held_out(given["experiment"], one, given["holdoutPercent"])]
    treated = sorted(set(lapsed) - set(held_out))
    loyal_at = datetime.fromisoformat(given["loyalAt"])
    loyal = sorted(
        customer
        for customer, times in bought.items()
        if sum(at < loyal_at for at in times) >= given["loyalPurchases"]
    )

    first = epoch + timedelta(hours=given["sendHour"])
    sends = [first + span * n for n in range(given["waves"])]
    windows, left = [], lapsed
    for begin in sends:
        buyers = {one for one in left if first_in(bought[one], begin, begin + span)}
        windows.append(len(buyers))
        left = [one for one in left if one not in buyers]

    cap = Cap(given["cap"], given["capDays"])
    waves, once = [], wave()
    paid_by_month = defaultdict(int)
    left = treated
    # in the order of time
    for at in sorted([*sends, loyal_at]):
        if at == loyal_at:
            for customer in loyal:
                sent(once, cap, customer, at)
            continue
        figures = wave()
        waves.append(figures)
        for customer in left:
            sent(figures, cap, customer, at)
            purchase = first_in(bought[customer], at, at + span)
            if purchase:
                figures["buyers"].append(customer)
                paid_by_month[purchase.strftime("%Y-%m")] += 1
        figures["responded"] = figures["paid"] = len(figures["buyers"])
        left = sorted(set(left) - set(figures["buyers"]))

    goal_end = epoch + timedelta(days=given["goalDays"])

    def reach(people):
        return {"people": len(people), "goal": sum(first_in(bought[one], epoch, goal_end) is not None for one in people)}

    print(
        json.dumps(
            {
                "windows": windows,
                "paidByMonth": paid_by_month,
                "lapsed": {
                    "audience": lapsed,
                    "waves": waves,
                    "treated": reach(treated),
                    "holdout": reach(held_out),
                },
                # without a goal nobody has reached it
                "loyal": {
                    "audience": loyal,
                    "waves": [once],
                    "treated": {"people": len(loyal), "goal": 0},
                    "holdout": {"people": 0, "goal": 0},
                },
            }
        )
    )


if __name__ == "__main__":
    main()
