#!/usr/bin/python3
"""Weighed evidence against the order of decision.cc, on the same clues.

    diagnosis_accuracy FILE... leave-one-out --clues > clues.jsonl
    weigh.py clues.jsonl [UNSEEN.jsonl]

Fits a weight for every kind of clue (how plainly it speaks, how far its source is trusted), for the status and for
what was sent, by logistic regression over the causes. Vendors are divided into ten parts; each part is named by weights
that were fitted to the others. `certain` and `likely` are said from the probability above which 99 % and 93 % were right of
vendors that the weights had not seen. With UNSEEN, its answers are named by weights that were fitted to all of the first file.
"""

import json
import math
import random
import sys
import zlib

PARTS = 10
PARTS_FOR_THRESHOLDS = 3
PASSES = 30
RATE = 0.3
SHRINK = 1e-4
PROMISED = (("certain", 0.99), ("likely", 0.93))


def read(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def group(status):
    return status if status in (400, 401, 403, 404, 407, 429) else status // 100


def features(line, cause):
    """The names of what speaks for `cause` in this answer."""
    own = [clue for clue in line["clues"] if clue["cause"] == cause]
    names = {"cause " + cause, f"status {group(line['status'])} {cause}", f"sent {line['sent']} {cause}"}
    if line["challenged"]:
        names.add(f"challenged {line['sent'] == 'none'} {cause}")
    for clue in own:
        names.add(f"clue {clue['strength']} {clue['trust']}")
        names.add(f"clue {clue['strength']} {clue['trust']} {cause}")
        names.update(f"{mark} {clue['strength']}" for mark in ("vague", "of_data", "of_caller", "alternative") if clue[mark])
    if len(own) > 1:
        names.add("several")
    return sorted(names)


def prepared(lines, causes):
    return [([features(line, cause) for cause in causes], [cause in line["right"] for cause in causes]) for line in lines]


def chances(row, weights):
    scores = [sum(weights.get(name, 0.0) for name in names) for names in row]
    top = max(scores)
    powers = [math.exp(score - top) for score in scores]
    total = sum(powers)
    return [power / total for power in powers]


def fitted(rows):
    """AdaGrad; the gradient of -log(probability that one of the right causes is named)."""
    weights, squares = {}, {}
    order = list(range(len(rows)))
    shuffle = random.Random(1)
    for _ in range(PASSES):
        shuffle.shuffle(order)
        for index in order:
            row, right = rows[index]
            chance = chances(row, weights)
            good = sum(p for p, is_right in zip(chance, right) if is_right) or 1e-9
            for names, p, is_right in zip(row, chance, right):
                slope = p - (p / good if is_right else 0.0)
                if abs(slope) < 1e-3:
                    continue
                for name in names:
                    step = slope + SHRINK * weights.get(name, 0.0)
                    squares[name] = squares.get(name, 1e-6) + step * step
                    weights[name] = weights.get(name, 0.0) - RATE * step / math.sqrt(squares[name])
    return weights


def named(rows, weights, thresholds=()):
    result = []
    for row, right in rows:
        chance = chances(row, weights)
        best = max(range(len(chance)), key=chance.__getitem__)
        word = next((word for word, least in thresholds if chance[best] >= least), "guess")
        result.append((chance[best], right[best], word))
    return result


def thresholds_of(found):
    """The least probability from which on the promised share is right."""
    result = []
    for word, promised in PROMISED:
        count = good = 0
        least = 2.0
        for chance, is_right, _ in sorted(found, reverse=True):
            count += 1
            good += is_right
            if good >= promised * count:
                least = chance
        result.append((word, least))
    return result


def calibrated(rows, part, unseen, apart):
    """Thresholds from vendors that the weights have not seen either."""
    weights = fitted([row for row, of in zip(rows, part) if of not in unseen | apart])
    return thresholds_of(named([row for row, of in zip(rows, part) if of in apart], weights))


def show(title, found):
    parts = [f"{title:28} named {sum(right for right, _ in found)} of {len(found)}"
             f" = {100 * sum(right for right, _ in found) / len(found):.1f} %"]
    for word in ("certain", "likely", "guess"):
        said = [right for right, confidence in found if confidence == word]
        parts.append(f"{word} {sum(said)} of {len(said)}")
    print(", ".join(parts))


def engine(lines):
    return [(line["named"] in line["right"], line["confidence"]) for line in lines]


def main():
    lines = read(sys.argv[1])
    causes = sorted({cause for line in lines for cause in line["right"]} | {"unknown"})
    part = [zlib.crc32(line["vendor"].encode()) % PARTS for line in lines]
    rows = prepared(lines, causes)
    found = [None] * len(rows)
    for each in range(PARTS):
        apart = {(each + 1 + more) % PARTS for more in range(PARTS_FOR_THRESHOLDS)}
        thresholds = calibrated(rows, part, {each}, apart)
        weights = fitted([row for row, of in zip(rows, part) if of != each])
        inside = [index for index, of in enumerate(part) if of == each]
        for index, (_, right, word) in zip(inside, named([rows[index] for index in inside], weights, thresholds)):
            found[index] = (right, word)
    show("rules, vendors left out", engine(lines))
    show("weights, vendors left out", found)
    if len(sys.argv) > 2:
        unseen = read(sys.argv[2])
        weights = fitted(rows)
        thresholds = calibrated(rows, part, set(), set(range(PARTS_FOR_THRESHOLDS)))
        show("rules, unseen", engine(unseen))
        show("weights, unseen", [(right, word) for _, right, word in named(prepared(unseen, causes), weights, thresholds)])


if __name__ == "__main__":
    main()
